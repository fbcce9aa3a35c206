import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { PushRequest, PushResult } from '../../../push/crypto/seal.ts'
import type { Link } from '../connections/push-connection.ts'

const settingsMs = 5_000
const sweepMs = 100
const idleMs = 120_000
/** The most header fields of a response that are read, and their size; nghttp2 takes eight CONTINUATION frames besides. */
const headerPairsMax = 8_192
const headerBytesMax = 262_144
const pingMs = 30_000
/** The limit of concurrent streams until the service sends its own. */
const streamsUsual = 100
/** Well before the stream numbers run out (RFC 9113 §5.1.1), a new connection replaces this one. */
const requestsMax = 0x2000_0000

type Ask = {
  readonly path: string
  readonly request: PushRequest
  readonly answerBytesMax: number
  readonly resolve: (answer: PushResult) => void
  readonly askedMs: number
  readonly dueMs: number
  stream: ClientHttp2Stream | null
  read: number
  answer: PushResult | null
}

/**
 * Makes a connection over a socket that speaks HTTP/2, by node:http2, once the service has sent its SETTINGS. Rejects
 * without them.
 */
export async function nodeHttp2Link(host: string, socket: TLSSocket): Promise<Link> {
  const connection = new NodeHttp2Connection(host, socket)
  await connection.ready
  return connection
}

/**
 * The plain implementation of `http2/http2-connection.ts`, with the same outcomes but one: after a GOAWAY with an error
 * code, or for an unknown stream, node:http2 closes the connection at once. Requests that the service had begun are
 * `broken` then, and not waited for. It shares no code with the other one, so that each can show the other's faults.
 */
class NodeHttp2Connection implements Link {
  readonly ready: Promise<void>
  readonly #host: string
  readonly #session: ClientHttp2Session
  readonly #asks = new Set<Ask>()
  /** Requests beyond what the service takes at once. The callers bound their number. */
  readonly #waiting = new Set<Ask>()
  /** Requests that were refused; it is not known yet whether by the service or by Node. */
  readonly #refused: Ask[] = []
  readonly #timer: ReturnType<typeof setInterval>
  #ready: (error?: Error) => void = () => undefined
  #streamsMax = streamsUsual
  #state: 'opening' | 'open' | 'retired' | 'closed' = 'opening'
  #begun = 0
  #receivedMs = performance.now()
  #usedMs = performance.now()
  #pingedMs = performance.now()

  constructor(host: string, socket: TLSSocket) {
    this.#host = host
    this.ready = new Promise((resolve, reject) => {
      this.#ready = (error) => (error === undefined ? resolve() : reject(error))
    })
    const session = connect(`https://${host}`, {
      createConnection: () => socket,
      settings: { enablePush: false, maxHeaderListSize: headerBytesMax },
      maxHeaderListPairs: headerPairsMax,
    })
    this.#session = session
    session.on('remoteSettings', ({ maxConcurrentStreams: limit = streamsUsual }) => {
      // Node gives 2^32-1 where the service sends no limit.
      this.#streamsMax = limit > 0x7fff_ffff ? streamsUsual : limit
      this.#receivedMs = performance.now()
      if (this.#state === 'opening') {
        this.#state = 'open'
        this.#ready()
      }
      this.#sendWaiting()
    })
    session.on('goaway', (_, last) => this.#goaway(last))
    session.on('error', (error) => this.#end(error.message))
    session.on('close', () => this.#end('the connection was closed'))
    this.#timer = setInterval(() => this.#sweep(), sweepMs)
    this.#timer.unref()
  }

  get usable(): boolean {
    return this.#state === 'open'
  }

  get room(): number {
    return this.#streamsMax - this.#asks.size - this.#waiting.size
  }

  ask(path: string, request: PushRequest, answerBytesMax: number, timeoutMs: number): Promise<PushResult> {
    if (this.#state === 'closed') return Promise.resolve({ kind: 'broken', reason: 'the connection broke' })
    if (this.#state !== 'open') return Promise.resolve({ kind: 'unprocessed' })
    this.#usedMs = performance.now()
    const times = { askedMs: this.#usedMs, dueMs: this.#usedMs + timeoutMs }
    return new Promise((resolve) => {
      const ask: Ask = { path, request, answerBytesMax, resolve, ...times, stream: null, read: 0, answer: null }
      if (this.#asks.size < this.#streamsMax) this.#send(ask)
      else this.#waiting.add(ask)
    })
  }

  retire(): void {
    if (this.#state === 'closed') return
    this.#state = 'retired'
    for (const ask of this.#waiting) ask.resolve({ kind: 'unprocessed' })
    this.#waiting.clear()
    if (this.#asks.size === 0) this.#end('the connection was retired')
  }

  close(): void {
    this.#end('the connection was closed by us')
  }

  #send(ask: Ask): void {
    const { headers, body } = ask.request
    let stream: ClientHttp2Stream
    try {
      const own = { ':method': 'POST', ':authority': this.#host, ':path': ask.path, 'content-length': body.length }
      stream = this.#session.request({ ...own, ...headers })
    } catch (error) {
      ask.resolve({ kind: 'broken', reason: error instanceof Error ? error.message : String(error) })
      return
    }
    ask.stream = stream
    this.#asks.add(ask)
    this.#begun += 1
    let reason = 'the answer had no status'
    stream.on('response', (headers) => this.#answer(ask, headers))
    stream.on('data', (chunk: Buffer) => this.#read(ask, chunk))
    stream.on('error', (error) => {
      reason = error.message
    })
    stream.on('close', () => {
      if (stream.rstCode !== constants.NGHTTP2_REFUSED_STREAM) this.#finish(ask, reason)
      // Node itself refuses streams when a connection breaks, before it reports that.
      else this.#confirmRefusal(ask)
    })
    stream.end(body)
    if (this.#begun > requestsMax) this.retire()
  }

  #sendWaiting(): void {
    for (const ask of this.#waiting) {
      if (this.#state !== 'open' || this.#asks.size >= this.#streamsMax) return
      this.#waiting.delete(ask)
      this.#send(ask)
    }
  }

  #answer(ask: Ask, headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    this.#receivedMs = performance.now()
    const retryAfter = headers['retry-after'] ?? null
    const date = headers.date === undefined ? {} : { date: headers.date }
    ask.answer ??= { kind: 'answered', status: headers[':status'] ?? 0, retryAfter, ...date }
  }

  #read(ask: Ask, chunk: Buffer): void {
    this.#receivedMs = performance.now()
    ask.read += chunk.length
    if (ask.read > ask.answerBytesMax) this.#cancel(ask, 'the answer had no status')
  }

  #goaway(last: number): void {
    // First no new request may start: freed streams must not be given to waiting requests (RFC 9113 §6.8).
    this.retire()
    for (const ask of this.#asks) {
      if (ask.stream?.id !== undefined && ask.stream.id <= last) continue
      ask.answer ??= { kind: 'unprocessed' }
      this.#finish(ask, '')
    }
  }

  /** If the connection still answers a ping, the service refused the request, and did not process it. */
  #confirmRefusal(ask: Ask): void {
    this.#refused.push(ask)
    if (this.#refused.length === 1) this.#pingForRefused()
  }

  /** One ping at a time, for all requests that were refused before it. */
  #pingForRefused(): void {
    const asks = [...this.#refused]
    const settle = (isSound: boolean) => {
      this.#refused.splice(0, asks.length)
      for (const ask of asks) {
        if (isSound) ask.answer ??= { kind: 'unprocessed' }
        this.#finish(ask, 'the connection broke')
      }
      if (this.#refused.length > 0) this.#pingForRefused()
    }
    try {
      if (!this.#session.ping((error) => settle(error === null))) settle(false)
    } catch {
      settle(false)
    }
  }

  /** Aborts a request. A response that has begun counts. */
  #cancel(ask: Ask, reason: string): void {
    ask.stream?.close(constants.NGHTTP2_CANCEL)
    this.#finish(ask, reason)
  }

  #finish(ask: Ask, reason: string): void {
    if (!this.#asks.delete(ask)) return
    ask.resolve(ask.answer ?? { kind: 'broken', reason })
    if (this.#state === 'retired' && this.#asks.size === 0) this.#end('the connection was retired')
    else this.#sendWaiting()
  }

  #sweep(): void {
    const now = performance.now()
    for (const ask of this.#waiting)
      if (now >= ask.dueMs) {
        this.#waiting.delete(ask)
        ask.resolve({ kind: 'broken', reason: 'the service had no room in time' })
      }
    for (const ask of this.#asks) {
      if (now < ask.dueMs) continue
      // Nothing was received for as long as a request may take: the connection is dead.
      if (this.#receivedMs < ask.askedMs) this.retire()
      this.#cancel(ask, 'no answer in time')
    }
    if (this.#state === 'opening' && now - this.#usedMs > settingsMs) this.#end('no HTTP/2 settings in time')
    if (this.#state !== 'open') return
    if (this.#asks.size === 0 && now - this.#usedMs > idleMs) this.#end('nothing was sent for long')
    // A session that is being destroyed throws at a ping; its `close` event comes later.
    else if (!this.#session.destroyed && this.#asks.size > 0 && now - this.#pingedMs > pingMs) {
      this.#pingedMs = now
      this.#session.ping(() => {
        this.#receivedMs = performance.now()
      })
    }
  }

  #end(reason: string): void {
    if (this.#state === 'closed') return
    this.#ready(new Error(reason))
    this.#state = 'closed'
    clearInterval(this.#timer)
    this.#session.destroy()
    for (const ask of this.#asks) ask.resolve(ask.answer ?? { kind: 'broken', reason })
    for (const ask of this.#waiting) ask.resolve({ kind: 'unprocessed' })
    this.#asks.clear()
    this.#waiting.clear()
  }
}
