import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** One reader's connection, as a test's script sees it. */
export type Peer = {
  readonly wire: 'socket' | 'events'
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  /** What the reader said. */
  readonly said: string[]
  send(frame: object): void
  raw(text: string): void
  /** With a close code (sockets), or by ending the stream; without one, the connection is torn. */
  close(code?: number, reason?: string): void
}

export type StreamServer = {
  readonly url: string
  readonly peers: Peer[]
  /** Resolves with the nth connection, from 0. */
  peer(index: number): Promise<Peer>
  /** How often it was asked, the refused included. */
  tries(): number
  close(): Promise<void>
}

type Refusal = {
  readonly status: number
  readonly body?: object
  readonly retryAfter?: number | string
  /** The Content-Type and the Date, where they are not the usual ones. */
  readonly type?: string
  readonly date?: string
}

type Script = {
  /** The Content-Type and further headers of the event streams. */
  readonly eventHeaders?: Readonly<Record<string, string>>
  readonly onPeer?: (peer: Peer, index: number) => void
  /** Answers before the upgrade, or instead of a stream; undefined lets it through. */
  readonly refuse?: (wire: Peer['wire'], index: number) => Refusal | undefined
}

/** A small server of the contract's streams, on a real port, that does what a test's script says and nothing else. */
export async function streamServer({ eventHeaders = {}, onPeer, refuse }: Script = {}): Promise<StreamServer> {
  const peers: Peer[] = []
  const waiting: (() => void)[] = []
  let tries = 0
  const add = (peer: Peer) => {
    peers.push(peer)
    onPeer?.(peer, peers.length - 1)
    for (const wake of waiting.splice(0)) wake()
  }
  const server = createServer((request, response) => {
    const refusal = refuse?.('events', tries++)
    if (refusal) sendRefusal(response, refusal)
    else add(eventPeer(request, response, eventHeaders))
  })
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    // Whoever is refused may have gone before they hear it.
    socket.on('error', () => {})
    const refusal = refuse?.('socket', tries++)
    if (refusal) socket.end(`HTTP/1.1 ${refusal.status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    else sockets.handleUpgrade(request, socket, head, (ws) => add(socketPeer(request, ws)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    peers,
    tries: () => tries,
    async peer(index) {
      for (;;) {
        const found = peers[index]
        if (found) return found
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    close: () => closeAll(server, sockets),
  }
}

function socketPeer(request: IncomingMessage, ws: WebSocket): Peer {
  const said: string[] = []
  ws.on('message', (text) => said.push(String(text)))
  ws.on('error', () => {})
  return {
    wire: 'socket',
    query: queryOf(request),
    headers: request.headers,
    said,
    send: (frame) => ws.send(JSON.stringify(frame)),
    raw: (text) => ws.send(text),
    close: (code, reason) => (code === undefined ? ws.terminate() : ws.close(code, reason)),
  }
}

function eventPeer(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
): Peer {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...headers })
  response.write('retry: 1000\n\n')
  return {
    wire: 'events',
    query: queryOf(request),
    headers: request.headers,
    said: [],
    send(frame) {
      const { type, cursor } = frame as { type: string; cursor?: string }
      response.write(`${cursor ? `id: ${cursor}\n` : ''}event: ${type}\ndata: ${JSON.stringify(frame)}\n\n`)
    },
    raw: (text) => response.write(text),
    close: (code) => (code === undefined ? response.destroy() : response.end()),
  }
}

function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  response.setHeader('content-type', refusal.type ?? (refusal.body ? 'application/problem+json' : 'text/plain'))
  if (refusal.date !== undefined) response.setHeader('date', refusal.date)
  if (refusal.retryAfter !== undefined) response.setHeader('retry-after', refusal.retryAfter)
  response.writeHead(refusal.status)
  response.end(refusal.body ? JSON.stringify(refusal.body) : 'no')
}

function queryOf(request: IncomingMessage): URLSearchParams {
  return new URL(request.url ?? '/', 'http://host').searchParams
}

async function closeAll(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const ws of sockets.clients) ws.terminate()
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
