import { once } from 'node:events'
import { WebSocket } from 'ws'

export type Frame = { readonly type: string; readonly [field: string]: unknown }

/** A socket that keeps every frame as it came, without our own client's help. */
export type RawListener = {
  readonly frames: Frame[]
  readonly texts: string[]
  readonly socket: WebSocket
  /** Waits for a frame, one that came already included. */
  readonly frame: (test: (frame: Frame) => boolean) => Promise<Frame>
  readonly closed: Promise<number>
  readonly seqs: () => number[]
  readonly cursor: () => string | undefined
}

/** Connects to /v1/socket with a query, and waits for the upgrade. Rejects when it is refused, with the status. */
export async function listenRaw(
  url: string,
  query = '',
  { headers = {}, protocols = [] }: { headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<RawListener> {
  const address = new URL(`/v1/socket${query}`, url)
  address.protocol = 'ws:'
  const socket = new WebSocket(address, protocols, { headers })
  const frames: Frame[] = []
  const texts: string[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data) => {
    texts.push(String(data))
    frames.push(JSON.parse(String(data)))
    for (const look of waiting) look()
  })
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)))
  socket.on('error', () => {})
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_, response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () =>
        reject(Object.assign(new Error(body), { status: response.statusCode, headers: response.headers })),
      )
    })
  })
  const frame = (test: (frame: Frame) => boolean) =>
    new Promise<Frame>((resolve, reject) => {
      const look = () => {
        const found = frames.find(test)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      void closed.then((code) => reject(new Error(`closed with ${code} before the frame came`)))
      look()
    })
  return {
    frames,
    texts,
    socket,
    frame,
    closed,
    seqs: () => frames.flatMap(({ type, seq }) => (type === 'alert' ? [Number(seq)] : [])),
    cursor: () => frames.findLast(({ cursor }) => cursor !== undefined)?.cursor as string | undefined,
  }
}

/** Closes and waits for the end. */
export async function hangUp(listener: RawListener): Promise<void> {
  if (listener.socket.readyState === WebSocket.CLOSED) return
  const closed = once(listener.socket, 'close')
  listener.socket.terminate()
  await closed
}
