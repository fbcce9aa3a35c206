import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Problem } from '../../domain/problem.ts'
import { importBytesMax } from '../../http/api/desk/desk-subscription-operations.ts'
import { eventRefusal, isEventSource } from '../../http/api/event-refusal.ts'
import type { BodyEnv } from '../../http/body.ts'
import { openProblem, withOpenHeaders } from '../../http/cors.ts'
import { countedAddress } from '../../http/rate-limit-address.ts'
import { codeOf, StartError } from '../start-errors.ts'
import { bodyReaderOf } from './body-reader.ts'
import { Connections } from './connections.ts'
import { peerOf } from './peer-connection.ts'
import { checkRequest, completeHost, unknownHttpVersion, unreadableTarget, wantsSocket } from './request-check.ts'
import type { FastHandler } from './subscribe/fast-subscribe.ts'

/** Time-outs for requests. A connection that sends nothing counts as one whose headers are late. */
export const serverTimeouts = {
  /** From connecting, or from the first byte of a request, to the end of its headers. */
  headersMs: 10_000,
  requestMs: 30_000,
  /** How often the two above are checked. */
  lookMs: 1_000,
  /** How long a connection is kept open after a response. The `Keep-Alive` header says it. */
  keepAliveMs: 5_000,
} as const
/**
 * Behind a proxy. nginx keeps connections for 60 s and sends the next request on one of them. Where the service closes it
 * at that moment, nginx answers a POST with 502, because it may not send it twice.
 */
export const keepAliveOfProxiesMs = 75_000
const headerBytesMax = 16 * 1_024
/** Connections that the kernel may queue while the process is busy. The kernel uses at most net.core.somaxconn. */
const backlog = 4_096

/** How long a start usually takes after the port is taken. */
const startingSeconds = 1
/** Longest that a request waits for the start. */
const startingMsMax = 5_000
const probes: readonly string[] = ['/healthz', '/readyz']

/** The largest body that any route takes. A longer one gets no `100 Continue`. */
const continueBytesMax = importBytesMax

/** The response to an invalid request, by the code of Node's error. */
const refusals: ReadonlyMap<string, Problem> = new Map([
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    new Problem(408, 'request-too-late', 'The request did not come in time. Send it again.'),
  ],
  ['HPE_HEADER_OVERFLOW', new Problem(431, 'headers-too-large', `Headers have at most ${headerBytesMax} bytes.`)],
  ['HPE_INVALID_VERSION', unknownHttpVersion],
  ['HPE_PAUSED_H2_UPGRADE', unknownHttpVersion],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', new Problem(413, 'extensions-too-large', 'The chunk extensions are too long.')],
])
const malformed = new Problem(400, 'malformed-request', 'This is not HTTP/1.1 as RFC 9112 has it.')

/** Answers a request. `env` has Node's own request and response. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>

export type ServerTimeouts = { readonly [Name in Exclude<keyof typeof serverTimeouts, 'keepAliveMs'>]: number } & {
  readonly keepAliveMs?: number
}

/**
 * A server for the app: time-outs for slow and silent peers, a limit on headers, one request of a connection at a time.
 * `quick` is called before `fetch`. `isLast`: after which requests the connection ends (`Connection: close`).
 */
export function createHttpServer(
  fetch: Fetch,
  { headersMs, requestMs, lookMs, keepAliveMs = serverTimeouts.keepAliveMs }: ServerTimeouts = serverTimeouts,
  quick: FastHandler = () => null,
  connections: Connections = new Connections(),
  isLast: (incoming: IncomingMessage) => boolean = () => false,
): Server {
  const listener = getRequestListener((request, env) => fetch(request, withBody(env as HttpBindings)), {
    overrideGlobalObjects: false,
    // It closes a connection whose body still comes half a second after the response, and the peer may lose the response.
    // On a connection that is kept the rest is discarded for as long as a request may take. Node closes others at once.
    autoCleanupIncoming: false,
    errorHandler: (error) => answerTo(error),
  })
  const server: Server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: lookMs,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: headerBytesMax,
    noDelay: true,
    // `checkRequest` checks this, with a problem response, in the order of requests.
    requireHostHeader: false,
    shouldUpgradeCallback: (request) => server.listenerCount('upgrade') > 1 && wantsSocket(request),
  })
  connections.watch(server, (incoming, outgoing) => {
    const refusal = refusalOfRequest(incoming)
    if (refusal !== null) return refuse(outgoing, refusal)
    askForBody(incoming, outgoing)
    if (incoming.url === '*') return answerServerOptions(outgoing)
    completeHost(incoming)
    if (isLast(incoming)) outgoing.shouldKeepAlive = false
    return quick(incoming, outgoing) ?? listener(incoming, outgoing)
  })
  const take = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    peerOf(incoming.socket)?.request(incoming, outgoing)
  server.on('request', take)
  server.on('checkContinue', take)
  server.on('checkExpectation', take)
  server.on('upgrade', ({ socket }) => peerOf(socket)?.upgrade())
  server.on('connect', ({ socket }: IncomingMessage) => {
    const peer = peerOf(socket)
    if (peer?.released()) return
    peer?.upgrade()
    peer?.end(answerText(new Problem(501, 'no-proxy', 'This server is no proxy: it connects to nobody.')))
  })
  server.on('clientError', (error, socket) => {
    const code = codeOf(error)
    connections.faults.count(code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'late-request' : 'malformed-request')
    const peer = peerOf(socket)
    if (peer === undefined || peer.hasBegunAnswer || !socket.writable) socket.destroy()
    else peer.end(answerText(refusals.get(code) ?? malformed))
  })
  return server
}

/** The paths of pages, in whatever language: scripts fetch them with an `Accept` that names no type. */
const pagePath =
  /^\/(?:|privacy|desk|[a-z]{1,8}(?:-[a-z0-9]{1,8})*\/(?:|alerts\/[^/?]+|notifications|offline|privacy))(?:\?|$)/i

/**
 * Whether a browser asks for a page or for a script, by itself or by a script. Each of them has a connection of its own, since some
 * networks stop each connection silently after some kilobytes, and nobody asks again for a page of a first visit or for a script of the
 * service worker that stopped. HEAD says what GET would (RFC 9110 §9.3.2).
 */
export function isOfPage({ method, url = '', headers }: IncomingMessage): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return url.startsWith('/assets/') || pagePath.test(url) || headers.accept?.includes('text/html') === true
}

/** The request's environment with a reader for its body. */
function withBody(env: HttpBindings): HttpBindings & BodyEnv {
  return Object.assign(env, { bodyReader: () => bodyReaderOf(env.incoming as IncomingMessage) })
}

/** Why a request is refused before routing; null: it is not. */
function refusalOfRequest(incoming: IncomingMessage): Problem | null {
  try {
    checkRequest(incoming)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  // HTTP/1.0 has no Expect header (RFC 9110 §10.1.1).
  if (incoming.headers.expect === undefined || isContinue.test(incoming.headers.expect)) return null
  if (incoming.httpVersion === '1.0') return null
  return new Problem(417, 'unknown-expectation', 'The only expectation that is met here is 100-continue.')
}

/** The one expectation that HTTP defines (RFC 9110 §10.1.1): the peer sends its body after `100 Continue`. */
const isContinue = /^100-continue$/i

/** Sends `100 Continue`, unless the body will be refused for its length. */
function askForBody({ headers, httpVersion }: IncomingMessage, outgoing: ServerResponse): void {
  if (httpVersion === '1.0' || !isContinue.test(headers.expect ?? '')) return
  if (Number(headers['content-length'] ?? 0) <= continueBytesMax) outgoing.writeContinue()
}

function refuse(outgoing: ServerResponse, problem: Problem): void {
  const body = JSON.stringify(problem.body())
  outgoing.writeHead(problem.status, {
    ...Object.fromEntries(openProblem(problem).headers),
    Connection: 'close',
    'Content-Length': Buffer.byteLength(body),
  })
  outgoing.end(body)
}

/** `OPTIONS *` is about the server as a whole (RFC 9110 §9.3.7). */
function answerServerOptions(outgoing: ServerResponse): void {
  outgoing.writeHead(204, { Allow: 'GET, HEAD, POST, PUT, DELETE, OPTIONS' })
  outgoing.end()
}

/**
 * Answers while the service starts: a request waits for it. Whoever restarts a node behind a proxy would else pass its 503 on
 * to an editor, because the proxy counts it as well as soon as its port is open. Probes are answered at once, and so are
 * WebSockets, which cannot be upgraded yet. `started` resolves with what answers from then on.
 */
export function whileStarting(started: Promise<Fetch>, waitMsMax: number = startingMsMax): Fetch {
  return async (request, env) => {
    const isProbe = probes.includes(new URL(request.url).pathname)
    if (isProbe || request.headers.has('upgrade')) return answerClosed(request)
    const { promise: tooLong, resolve } = Promise.withResolvers<null>()
    const timer = setTimeout(resolve, waitMsMax, null)
    const fetch = await Promise.race([started, tooLong])
    clearTimeout(timer)
    return fetch === null ? answerClosed(request) : fetch(request, env)
  }
}

/** The response while the service starts: 503 with Retry-After, in a form after which an EventSource reconnects too. */
export function answerClosed({ url, headers, method }: Request): Response {
  const closed = new Problem(503, 'starting', 'The service is just starting. Ask again in a moment.', {
    retryAfterSeconds: startingSeconds,
  })
  const isStream = method === 'GET' && new URL(url).pathname === '/v1/events' && isEventSource(headers.get('accept'))
  return isStream ? withOpenHeaders(eventRefusal(closed)) : openProblem(closed)
}

/** The response to an error outside the app, such as a request of which no `Request` can be made. */
function answerTo(error: unknown): Response {
  const isTheirs = error instanceof Error && error.name === 'RequestError'
  return openProblem(
    isTheirs ? unreadableTarget : new Problem(500, 'internal', 'Something went wrong here. Try again in a moment.'),
  )
}

/**
 * A whole HTTP response with a problem, as text, for a connection that closes after it. Pages of any origin may read
 * it.
 */
export function answerText(problem: Problem): string {
  const body = JSON.stringify(problem.body())
  const lines = [...openProblem(problem).headers].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Refused'}\r\nConnection: close\r\n`
  return `${head}${lines}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/**
 * Listens, and gives the service's URL. `reusePort`: several processes share the port, and the kernel spreads
 * connections over them. Throws StartError when the port is taken or may not be used.
 */
export async function listen(server: Server, host: string, port: number, reusePort = false): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)))
    server.listen({ host, port, backlog, reusePort }, resolve)
  })
  const { address, family, port: bound } = server.address() as AddressInfo
  // People and browsers use localhost, where service workers work without https.
  const here = ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(address)
  const name = here ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
  return `http://${name}:${bound}`
}

function listenError(error: Error, host: string, port: number): Error {
  const where = `${host}:${port}`
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new StartError(`Port ${port} is in use on ${host}. Stop what uses it, or start with another PORT.`)
    case 'EACCES':
      return new StartError(`Port ${port} may not be used by this user. Start with a PORT above 1023.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`HOST ${host} is not an address of this machine. Try 127.0.0.1 or 0.0.0.0.`)
    default:
      return new StartError(`Cannot listen on ${where}: ${error.message}`)
  }
}

/**
 * The IP address by which a reader counts against limits: the peer's, or the last of X-Forwarded-For behind a trusted
 * proxy. An invalid address there counts as the proxy's.
 */
export function addressOf(request: Pick<IncomingMessage, 'headers' | 'socket'>, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined
  const last = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded)?.split(',').at(-1)
  const counted = last === undefined ? null : countedAddress(last)
  if (counted !== null) return counted
  const peer = request.socket.remoteAddress ?? ''
  return countedAddress(peer) ?? peer
}
