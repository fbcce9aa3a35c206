import { Agent, request as requestHttps } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { PushRequest, PushResult } from '../../../push/crypto/seal.ts'
import type { ConnectTo } from '../../../push/send/connect-to.ts'
import { Semaphore } from '../../../push/send/semaphore.ts'
import { proxyFor, tunnel } from './outgoing-proxy.ts'
import type { Link } from './push-connection.ts'

const connectMs = 5_000
const httpsPort = 443
const oneRequestEach = 6
/** The longest header of a response that is read; Node's own limit is 16 KiB. */
const headerBytesMax = 262_144

type How = {
  /** The implementation of HTTP/2. */
  readonly http2Link: (host: string, socket: TLSSocket) => Promise<Link>
  readonly connectTo?: ConnectTo
  readonly ca?: string
  /** Resolves the host in place of the system's look-up. */
  readonly lookup?: LookupFunction
}

/**
 * Connects to a push service by HTTP/2 if it speaks it, else by HTTP/1.1. Rejects when there is no connection within 5
 * s.
 */
export async function openLink(host: string, how: How): Promise<Link> {
  const socket = await openSocket(host, how, ['h2', 'http/1.1'])
  if (socket.alpnProtocol === 'h2') return how.http2Link(host, socket)
  socket.destroy()
  return http1Link(host, how)
}

/** A TLS connection to a host: to its replacement for tests, else through the environment's proxy, else directly. */
async function openSocket(host: string, how: How, protocols: string[]): Promise<TLSSocket> {
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(new Error('no connection in time')), connectMs)
  try {
    const instead = how.connectTo?.get(host)
    const proxy = instead === undefined ? proxyFor(host) : null
    const way = proxy === null ? null : await tunnel(proxy, host, httpsPort, ending.signal)
    return await secured(host, instead ?? { address: host, port: httpsPort }, way, how, protocols, ending.signal)
  } catch (error) {
    throw ending.signal.aborted ? ending.signal.reason : error
  } finally {
    clearTimeout(timer)
  }
}

function secured(
  host: string,
  { address, port }: { readonly address: string; readonly port: number },
  way: Socket | null,
  { ca, lookup }: How,
  protocols: string[],
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const to = way === null ? { host: address, port, ...(lookup === undefined ? {} : { lookup }) } : { socket: way }
    const trust = ca === undefined ? {} : { ca }
    const socket = connectTls({ ...to, servername: host, ALPNProtocols: protocols, ...trust })
    const fail = (reason: Error): void => {
      socket.destroy()
      way?.destroy()
      reject(reason)
    }
    const giveUp = (): void => fail(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('the connection was closed')))
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', giveUp)
      socket.off('error', fail)
      socket.setNoDelay(true)
      resolve(socket)
    })
  })
}

/** A push service without HTTP/2: a few connections with one request at a time on each. Further requests wait. */
function http1Link(host: string, how: How): Link {
  const state = { running: 0, closed: false }
  const semaphore = new Semaphore(() => oneRequestEach)
  const agent = new Agent({ keepAlive: true, maxSockets: oneRequestEach })
  // All connections are opened by this function, so that look-up and proxy are the same for all.
  agent.createConnection = (_, opened) => {
    openSocket(host, how, ['http/1.1']).then(
      (socket) => opened?.(null, socket),
      (error: Error) => opened?.(error, undefined as never),
    )
    return undefined
  }
  return {
    get usable() {
      return !state.closed
    },
    get room() {
      return oneRequestEach - state.running
    },
    async ask(path, request, answerBytesMax, timeoutMs) {
      state.running += 1
      const deadline = AbortSignal.timeout(Math.max(0, Math.ceil(timeoutMs)))
      // The agent cannot limit this: it does not count connections that are still being opened.
      const isIn = await semaphore.acquire(false, timeoutMs)
      try {
        if (!isIn) return { kind: 'broken', reason: 'the service had no room in time' }
        return await askHttp1(host, path, request, agent, answerBytesMax, deadline)
      } finally {
        if (isIn) semaphore.release()
        state.running -= 1
        if (state.closed && state.running === 0) agent.destroy()
      }
    },
    retire() {
      state.closed = true
      if (state.running === 0) agent.destroy()
    },
    close() {
      state.closed = true
      agent.destroy()
    },
  }
}

function askHttp1(
  host: string,
  path: string,
  { headers, body }: PushRequest,
  agent: Agent,
  answerBytesMax: number,
  deadline: AbortSignal,
): Promise<PushResult> {
  return new Promise((resolve) => {
    const request = requestHttps({
      host,
      path,
      method: 'POST',
      headers: { ...headers, host, 'content-length': body.length },
      signal: deadline,
      agent,
      maxHeaderSize: headerBytesMax,
    })
    let answer: PushResult | null = null
    const end = (reason: string): void => resolve(answer ?? { kind: 'broken', reason })
    // Request and response may each fail more than once, and an unhandled `error` event would end the thread. A
    // response that has begun counts.
    request.on('error', (error) => end(error.message))
    request.once('response', (response) => {
      let read = 0
      const { statusCode: status = 0 } = response
      const { date } = response.headers
      const retryAfter = response.headers['retry-after'] ?? null
      answer = { kind: 'answered', status, retryAfter, ...(date === undefined ? {} : { date }) }
      response.on('data', (chunk: Buffer) => {
        read += chunk.length
        if (read > answerBytesMax) response.destroy()
      })
      response.on('error', (error) => end(error.message))
      response.once('close', () => end(''))
    })
    request.end(body)
  })
}
