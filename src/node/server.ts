import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Quick } from './quick-subscribe.ts'
import { codeOf, StartTrouble } from './trouble.ts'

/** How long a peer may take. A connection that sends nothing counts as one whose headers are late. */
export const patience = {
  /** From connecting, or from a request's first byte, to the end of its headers. */
  headersMs: 10_000,
  requestMs: 30_000,
  /** How often the above is looked at. */
  lookMs: 1_000,
} as const
const headerBytesMax = 16 * 1_024
/** Connections the kernel may hold for us while we are busy; it takes at most net.core.somaxconn. */
const backlog = 4_096

/** What a peer is told whose request is no request, by Node's code for it. */
const refusals: ReadonlyMap<string, string> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
])

/** Answers a request; `env` are Node's own request and answer. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>

export type Patience = { readonly [Name in keyof typeof patience]: number }

/** A server for the app: time-outs for slow and silent peers, small headers. `quick` is asked before the app is. */
export function createHttpServer(
  fetch: Fetch,
  { headersMs, requestMs, lookMs }: Patience = patience,
  quick: Quick = () => false,
): Server {
  const listener = getRequestListener((request, env) => fetch(request, env), { overrideGlobalObjects: false })
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: lookMs,
      maxHeaderSize: headerBytesMax,
      noDelay: true,
    },
    (incoming, outgoing) => {
      // The listener answers for its own trouble.
      if (!quick(incoming, outgoing)) void listener(incoming, outgoing)
    },
  )
  server.on('clientError', (error, socket) => {
    const status = refusals.get(codeOf(error)) ?? '400 Bad Request'
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  })
  return server
}

/**
 * Listens, and gives the address. `reusePort`: together with other processes, among whom the kernel spreads the
 * connections. Throws StartTrouble when the port is taken or may not be used.
 */
export async function listen(server: Server, host: string, port: number, reusePort = false): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(startTrouble(error, host, port)))
    server.listen({ host, port, backlog, reusePort }, resolve)
  })
  const { address, family, port: bound } = server.address() as AddressInfo
  // Browsers and people say localhost, and a page there may use service workers without https.
  const here = ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(address)
  const name = here ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
  return `http://${name}:${bound}`
}

function startTrouble(error: Error, host: string, port: number): Error {
  const where = `${host}:${port}`
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new StartTrouble(`Port ${port} is in use on ${host}. Stop what uses it, or start with another PORT.`)
    case 'EACCES':
      return new StartTrouble(`Port ${port} may not be used by this user. Start with a PORT above 1023.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartTrouble(`HOST ${host} is not an address of this machine. Try 127.0.0.1 or 0.0.0.0.`)
    default:
      return new StartTrouble(`Cannot listen on ${where}: ${error.message}`)
  }
}

/** The address to count a reader by: the peer's, or the last one of X-Forwarded-For behind a trusted proxy. */
export function addressOf(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined
  const last = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded)?.split(',').at(-1)?.trim()
  return last || request.socket.remoteAddress || ''
}
