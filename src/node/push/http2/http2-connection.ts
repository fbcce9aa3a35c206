import type { TLSSocket } from 'node:tls'
import type { PushRequest, PushResult } from '../../../push/crypto/seal.ts'
import type { Link } from '../connections/push-connection.ts'
import { code, FrameWriter, flag, frameType, preface, setting } from './http2-frames.ts'
import { type Http2Callbacks, Http2Listener, type RetryHeaders } from './http2-listener.ts'
import { Http2Uploads } from './http2-uploads.ts'

/**
 * HTTP/2 (RFC 9113) as far as sending pushes needs it: many small requests, and responses whose bodies are hardly read.
 * Frames of one turn of the event loop are written together, and a repeated header takes a byte. Measured at a quarter
 * of the cost of `node:http2` (docs/performance.md).
 */

const settingsMs = 5_000
const sweepMs = 100
const idleMs = 120_000
const pingMs = 30_000
const receivedMax = 32_768
const streamsUsual = 100
/** Well before the stream numbers run out, a new connection replaces this one. */
const streamIdMax = 0x4000_0000

type Ask = {
  readonly path: string
  readonly request: PushRequest
  readonly answerBytesMax: number
  readonly resolve: (answer: PushResult) => void
  readonly askedMs: number
  readonly dueMs: number
  read: number
  answer: PushResult | null
}

/**
 * Makes a connection over a socket that speaks HTTP/2, once the service has sent its SETTINGS. Rejects without them.
 */
export async function http2Link(host: string, socket: TLSSocket): Promise<Link> {
  const session = new Session(host, socket)
  await session.ready
  return session
}

class Session implements Link, Http2Callbacks {
  readonly ready: Promise<void>
  readonly #socket: TLSSocket
  readonly #writer: FrameWriter
  readonly #uploads: Http2Uploads
  readonly #asks = new Map<number, Ask>()
  /** Requests beyond what the service takes at once. The callers bound their number. */
  readonly #waiting = new Set<Ask>()
  #streamsMax = streamsUsual
  #state: 'opening' | 'open' | 'retired' | 'closed' = 'opening'
  #ready: (error?: Error) => void = () => undefined
  #next = 1
  #received = 0
  #receivedMs = performance.now()
  #usedMs = performance.now()
  #pingedMs = performance.now()

  constructor(host: string, socket: TLSSocket) {
    this.#socket = socket
    this.#writer = new FrameWriter((bytes) => socket.write(bytes))
    this.#uploads = new Http2Uploads(host, this.#writer)
    this.ready = new Promise((resolve, reject) => {
      this.#ready = (error) => (error === undefined ? resolve() : reject(error))
    })
    const listener = new Http2Listener(this)
    socket.on('data', (chunk: Buffer) => this.#receive(listener, chunk))
    socket.on('error', (error) => this.#end(error.message))
    const timer = setInterval(() => this.#sweep(), sweepMs)
    timer.unref()
    socket.once('close', () => {
      clearInterval(timer)
      this.#end('the connection was closed')
    })
    this.#writer.raw(preface)
    this.#writer.frame(frameType.settings, 0, 0, 6, (into, at) =>
      into.writeUInt32BE(0, into.writeUInt16BE(setting.push, at)),
    )
  }

  get usable(): boolean {
    return this.#state === 'open'
  }

  get room(): number {
    return this.#streamsMax - this.#asks.size - this.#waiting.size
  }

  ask(path: string, request: PushRequest, answerBytesMax: number, timeoutMs: number): Promise<PushResult> {
    // The connection went away after it was chosen, and nothing was sent. A broken connection counts as `broken`:
    // otherwise a service that breaks every connection would be retried for ever.
    if (this.#state === 'closed') return Promise.resolve({ kind: 'broken', reason: 'the connection broke' })
    if (this.#state !== 'open') return Promise.resolve({ kind: 'unprocessed' })
    this.#usedMs = performance.now()
    const times = { askedMs: this.#usedMs, dueMs: this.#usedMs + timeoutMs }
    return new Promise((resolve) => {
      const ask: Ask = { path, request, answerBytesMax, resolve, ...times, read: 0, answer: null }
      if (this.#asks.size < this.#streamsMax) this.#send(ask)
      else this.#waiting.add(ask)
    })
  }

  retire(): void {
    this.#retire()
  }

  close(): void {
    this.#end('the connection was closed by us')
  }

  #send(ask: Ask): void {
    const stream = this.#next
    if (!this.#uploads.begin(stream, ask.path, ask.request)) {
      ask.resolve({ kind: 'broken', reason: 'the headers are too long' })
      return
    }
    this.#next += 2
    this.#asks.set(stream, ask)
    if (stream > streamIdMax) this.#retire()
  }

  #sendWaiting(): void {
    for (const ask of this.#waiting) {
      if (this.#state !== 'open' || this.#asks.size >= this.#streamsMax) return
      this.#waiting.delete(ask)
      this.#send(ask)
    }
  }

  #receive(listener: Http2Listener, chunk: Buffer): void {
    this.#receivedMs = performance.now()
    if (this.#state === 'closed') return
    try {
      listener.receive(chunk)
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error))
    }
  }

  answer(stream: number, status: number, headers: RetryHeaders, ended: boolean): void {
    const ask = this.#asks.get(stream)
    if (ask === undefined) return
    ask.answer ??= { kind: 'answered', status, ...headers }
    if (ended) this.#finish(stream, ask, '')
  }

  body(stream: number, bytes: number, counted: number, ended: boolean): void {
    this.#received += counted
    if (this.#received > receivedMax) {
      this.#writer.words(frameType.window, 0, 0, this.#received)
      this.#received = 0
    }
    const ask = this.#asks.get(stream)
    if (ask === undefined) return
    ask.read += bytes
    if (ended) this.#finish(stream, ask, 'the answer had no status')
    else if (ask.read > ask.answerBytesMax) this.#cancel(stream, ask, 'the answer had no status')
  }

  setting(id: number, value: number): void {
    if (id === setting.streams) this.#streamsMax = value
    else this.#uploads.setting(id, value)
  }

  settled(): void {
    this.#writer.words(frameType.settings, flag.ack, 0)
    if (this.#state === 'opening') {
      this.#state = 'open'
      this.#ready()
    }
    this.#uploads.go()
    this.#sendWaiting()
  }

  window(stream: number, bytes: number): void {
    this.#uploads.widen(stream, bytes)
    this.#uploads.go()
  }

  reset(stream: number, why: number): void {
    const ask = this.#asks.get(stream)
    if (ask === undefined) return
    this.#uploads.end(stream)
    if (why === code.refused) ask.answer ??= { kind: 'unprocessed' }
    this.#finish(stream, ask, `the service broke it off (${why})`)
  }

  goaway(last: number): void {
    // First no new request may start: freed streams must not be given to waiting requests (RFC 9113 §6.8).
    this.#retire()
    for (const [stream, ask] of this.#asks) {
      if (stream <= last) continue
      this.#uploads.end(stream)
      ask.answer ??= { kind: 'unprocessed' }
      this.#finish(stream, ask, '')
    }
  }

  ping(high: number, low: number): void {
    this.#writer.words(frameType.ping, flag.ack, 0, high, low)
  }

  /** Aborts a request. A response that has begun counts. */
  #cancel(stream: number, ask: Ask, reason: string): void {
    this.#writer.words(frameType.reset, 0, stream, code.cancel)
    this.#uploads.end(stream)
    this.#finish(stream, ask, reason)
  }

  #finish(stream: number, ask: Ask, reason: string): void {
    this.#asks.delete(stream)
    // A response may arrive before the whole request is sent. The rest of the request is not sent then.
    if (this.#uploads.end(stream)) this.#writer.words(frameType.reset, 0, stream, code.cancel)
    ask.resolve(ask.answer ?? { kind: 'broken', reason })
    if (this.#state === 'retired' && this.#asks.size === 0) this.#end('the connection was retired')
    else this.#sendWaiting()
  }

  /** Takes no new request, and closes when the last one has ended. */
  #retire(): void {
    if (this.#state === 'closed') return
    const wasOpening = this.#state === 'opening'
    this.#state = 'retired'
    for (const ask of this.#waiting) ask.resolve({ kind: 'unprocessed' })
    this.#waiting.clear()
    if (wasOpening || this.#asks.size === 0) this.#end('the service sent us away')
  }

  #sweep(): void {
    const now = performance.now()
    for (const ask of this.#waiting)
      if (now >= ask.dueMs) {
        this.#waiting.delete(ask)
        ask.resolve({ kind: 'broken', reason: 'the service had no room in time' })
      }
    for (const [stream, ask] of this.#asks) {
      if (now < ask.dueMs) continue
      // Nothing was received for as long as a request may take: the connection is dead.
      if (this.#receivedMs < ask.askedMs) this.#retire()
      this.#cancel(stream, ask, 'no answer in time')
    }
    if (this.#state === 'opening' && now - this.#usedMs > settingsMs) this.#end('no HTTP/2 settings in time')
    if (this.#state !== 'open') return
    if (this.#asks.size === 0 && now - this.#usedMs > idleMs) this.#end('nothing was sent for long')
    else if (this.#asks.size > 0 && now - this.#pingedMs > pingMs) {
      this.#pingedMs = now
      this.#writer.words(frameType.ping, 0, 0, 0, 0)
    }
  }

  #end(reason: string): void {
    if (this.#state === 'closed') return
    this.#ready(new Error(reason))
    this.#state = 'closed'
    this.#writer.flush()
    this.#socket.destroy()
    for (const ask of this.#asks.values()) ask.resolve(ask.answer ?? { kind: 'broken', reason })
    for (const ask of this.#waiting) ask.resolve({ kind: 'unprocessed' })
    this.#asks.clear()
    this.#waiting.clear()
  }
}
