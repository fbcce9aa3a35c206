import { Agent, request as requestHttps } from 'node:https'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { ConnectTo } from '../push/connect-to.ts'
import type { PushAnswer, PushRequest } from '../push/seal.ts'
import { http2Link } from './http2-link.ts'
import type { Link } from './link.ts'

const connectMs = 5_000
const httpsPort = 443
const oneRequestEach = 6

type How = { readonly connectTo?: ConnectTo; readonly ca?: string }

/** Connects, by HTTP/2 where the service speaks it, else by HTTP/1.1. Rejects when there is no connection in 5 s. */
export async function openLink(host: string, how: How): Promise<Link> {
  const socket = await openSocket(host, how)
  if (socket.alpnProtocol === 'h2') return http2Link(host, socket)
  socket.destroy()
  return http1Link(host, how)
}

function openSocket(host: string, { connectTo, ca }: How): Promise<TLSSocket> {
  const { address, port } = connectTo?.get(host) ?? { address: host, port: httpsPort }
  return new Promise((resolve, reject) => {
    const trust = ca === undefined ? {} : { ca }
    const socket = connectTls({ host: address, port, servername: host, ALPNProtocols: ['h2', 'http/1.1'], ...trust })
    const fail = (reason: Error): void => {
      socket.destroy()
      reject(reason)
    }
    const timer = setTimeout(() => fail(new Error('no connection in time')), connectMs)
    socket.once('error', fail)
    socket.once('close', () => {
      clearTimeout(timer)
      fail(new Error('the connection was closed'))
    })
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      socket.off('error', fail)
      socket.setNoDelay(true)
      resolve(socket)
    })
  })
}

/** A service without HTTP/2: a few connections at once, one request each after the other on them; what is more waits. */
function http1Link(host: string, how: How): Link {
  const state = { running: 0, closed: false }
  const agent = new Agent({ keepAlive: true, maxSockets: oneRequestEach })
  return {
    get usable() {
      return !state.closed
    },
    get room() {
      return oneRequestEach - state.running
    },
    async ask(path, request, answerBytesMax, timeoutMs) {
      state.running += 1
      try {
        return await askHttp1(
          host,
          path,
          request,
          { ...how, agent },
          answerBytesMax,
          AbortSignal.timeout(Math.max(0, Math.ceil(timeoutMs))),
        )
      } finally {
        state.running -= 1
      }
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
  { connectTo, ca, agent }: How & { readonly agent: Agent },
  answerBytesMax: number,
  deadline: AbortSignal,
): Promise<PushAnswer> {
  const { address, port } = connectTo?.get(host) ?? { address: host, port: httpsPort }
  return new Promise((resolve) => {
    const request = requestHttps({
      host: address,
      port,
      servername: host,
      path,
      method: 'POST',
      headers: { ...headers, host, 'content-length': body.length },
      signal: deadline,
      agent,
      ...(ca === undefined ? {} : { ca }),
    })
    let answer: PushAnswer | null = null
    const end = (reason: string): void => resolve(answer ?? { kind: 'broken', reason })
    // Each may fail more than once, and an error that nobody hears ends the thread. What was answered before counts.
    request.on('error', (trouble) => end(trouble.message))
    request.once('response', (response) => {
      let read = 0
      const { statusCode: status = 0 } = response
      answer = { kind: 'answered', status, retryAfter: response.headers['retry-after'] ?? null }
      response.on('data', (chunk: Buffer) => {
        read += chunk.length
        if (read > answerBytesMax) response.destroy()
      })
      response.on('error', (trouble) => end(trouble.message))
      response.once('close', () => end(''))
    })
    request.end(body)
  })
}
