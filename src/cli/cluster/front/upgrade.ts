import { type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { requestHeaders, responseHeaders } from './forwarded-headers.ts'
import { type FrontRefusal, refusalText } from './front-refusals.ts'
import { type FrontLimits, isConnectionRefused, type NodeChoice, optionsTo } from './node-request.ts'

/** A request for a WebSocket: the connection that it came on, and the bytes that came behind it already. */
type UpgradeRequest = { readonly incoming: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }

/** Passes a request for a WebSocket to the next node, and then all bytes in both directions. */
export function passUpgrade(nodes: NodeChoice, limits: FrontLimits, asked: UpgradeRequest): void {
  const { incoming, socket } = asked
  socket.on('error', () => socket.destroy())
  const tried = new Set<number>()
  const toNext = (): void => {
    const node = nodes.next(tried)
    if (node === null) return void refuseSocket(socket, 'no-node')
    tried.add(node.number)
    try {
      const headers = [...requestHeaders(incoming), 'Connection', 'Upgrade', 'Upgrade', 'websocket']
      const upstream = request({ ...optionsTo(node, incoming), headers, agent: false })
      const late = setTimeout(() => upstream.destroy(new Error('late')), limits.answerMs)
      const left = () => upstream.destroy()
      socket.once('close', left)
      upstream.on('close', () => clearTimeout(late))
      upstream.on('upgrade', (response, far, rest) => {
        clearTimeout(late)
        socket.off('close', left)
        openTunnel(asked, { response, far, rest }, limits)
      })
      upstream.on('response', (response) => {
        clearTimeout(late)
        passRefusal(response, socket)
      })
      upstream.on('error', (error) => {
        socket.off('close', left)
        if (socket.destroyed) return
        if (error.message === 'late') return refuseSocket(socket, 'node-silent')
        if (isConnectionRefused(error)) nodes.refused(node.number)
        toNext()
      })
      upstream.end()
    } catch {
      refuseSocket(socket, 'target-unreadable')
    }
  }
  toNext()
}

type Accepted = { readonly response: IncomingMessage; readonly far: Duplex; readonly rest: Buffer }

function openTunnel({ socket, head }: UpgradeRequest, { response, far, rest }: Accepted, limits: FrontLimits): void {
  socket.write(headText(response, ['Connection', 'Upgrade', 'Upgrade', response.headers.upgrade ?? 'websocket']))
  socket.write(rest)
  far.write(head)
  let heardAt = performance.now()
  const watch = setInterval(() => {
    if (performance.now() - heardAt > limits.silentMs) socket.destroy()
  }, limits.silentMs / 4)
  for (const [from, to] of [
    [socket, far],
    [far, socket],
  ] as const) {
    from.on('data', () => {
      heardAt = performance.now()
    })
    from.on('error', () => to.destroy())
    from.on('close', () => {
      clearInterval(watch)
      to.destroy()
    })
    from.pipe(to)
  }
}

/** The node's own refusal, such as 400 or 503. The connection ends with it. */
function passRefusal(response: IncomingMessage, socket: Duplex): void {
  socket.write(headText(response, ['Connection', 'close']))
  response.on('error', () => socket.destroy())
  response.pipe(socket)
}

function headText(response: IncomingMessage, more: readonly string[]): string {
  const { statusCode = 502, statusMessage = '' } = response
  const all = [...responseHeaders(response), ...more]
  const lines = all.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${all[at + 1] ?? ''}\r\n`] : []))
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}\r\n`
}

function refuseSocket(socket: Duplex, refusal: FrontRefusal): void {
  socket.end(refusalText(refusal))
}
