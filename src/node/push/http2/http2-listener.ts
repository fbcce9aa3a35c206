import { HeaderDecoder } from './hpack.ts'
import { contentOf, type Frame, FrameReader, flag, frameType } from './http2-frames.ts'

const headerBytesMax = 16_384
const settingBytes = 6
const streamMask = 0x7fff_ffff

/** Headers of an answer that count. */
export type RetryHeaders = { readonly retryAfter: string | null; readonly date?: string }

/** What a service says on an HTTP/2 connection, taken apart. */
export type Http2Callbacks = {
  /** The final answer's headers; `ended` when nothing follows them. */
  answer(stream: number, status: number, told: RetryHeaders, ended: boolean): void
  /** Some of an answer's body: what it brings, and what it counts against our window. */
  body(stream: number, bytes: number, counted: number, ended: boolean): void
  setting(id: number, value: number): void
  /** The settings of one frame have all been told. */
  settled(): void
  window(stream: number, bytes: number): void
  reset(stream: number, why: number): void
  /** No stream above `last` was or will be looked at. */
  goaway(last: number): void
  ping(high: number, low: number): void
}

/** A header block that may go on in the next frame; the flags are of its first. */
type Block = { readonly stream: number; readonly flags: number; readonly bytes: Buffer }

/** Takes apart what arrives on an HTTP/2 connection (RFC 9113 §6). */
export class Http2Listener {
  readonly #heard: Http2Callbacks
  readonly #reader = new FrameReader()
  readonly #decoder = new HeaderDecoder()
  #block: Block | null = null

  constructor(heard: Http2Callbacks) {
    this.#heard = heard
  }

  /** Throws when it is not HTTP/2: the connection is then of no use any more. */
  hear(chunk: Buffer): void {
    this.#reader.read(chunk, (frame) => this.#take(frame))
  }

  #take(frame: Frame): void {
    const { type, flags, stream, payload } = frame
    if (this.#block !== null && type !== frameType.continuation) throw new Error('a header block was broken off')
    if (type === frameType.headers) this.#takeBlock({ stream, flags, bytes: contentOf(frame) }, flags)
    else if (type === frameType.continuation) this.#takeMore(frame)
    else if (type === frameType.data)
      this.#heard.body(stream, contentOf(frame).length, payload.length, (flags & flag.endStream) !== 0)
    else if (type === frameType.settings) this.#takeSettings(frame)
    else if (type === frameType.window) this.#heard.window(stream, word(payload, 0) & streamMask)
    else if (type === frameType.reset) this.#heard.reset(stream, word(payload, 0))
    else if (type === frameType.goaway) this.#heard.goaway(word(payload, 0) & streamMask)
    else if (type === frameType.promise) throw new Error('a push was promised, which was not allowed')
    else if (type === frameType.ping && (flags & flag.ack) === 0) this.#heard.ping(word(payload, 0), word(payload, 4))
    // Of other frames, known and unknown, nothing needs to be known (RFC 9113 §5.5).
  }

  #takeMore({ stream, flags, payload }: Frame): void {
    if (this.#block?.stream !== stream) throw new Error('a header block out of place')
    this.#takeBlock({ ...this.#block, bytes: Buffer.concat([this.#block.bytes, payload]) }, flags)
  }

  #takeBlock(block: Block, frameFlags: number): void {
    if (block.bytes.length > headerBytesMax) throw new Error('headers larger than allowed')
    if ((frameFlags & flag.endHeaders) === 0) {
      this.#block = block
      return
    }
    this.#block = null
    let status = 0
    let retryAfter: string | null = null
    let date: string | null = null
    // Decoded also when nobody waits for it: both sides' tables go with every block.
    this.#decoder.decode(block.bytes, (name, value) => {
      if (name === ':status') status = Number(value)
      else if (name === 'retry-after') retryAfter = value
      else if (name === 'date') date = value
    })
    const ended = (block.flags & flag.endStream) !== 0
    // Trailers have no status, and an interim answer is none yet.
    if (status >= 200) {
      const told = date === null ? { retryAfter } : { retryAfter, date }
      this.#heard.answer(block.stream, status, told, ended)
    } else if (ended) this.#heard.body(block.stream, 0, 0, true)
  }

  #takeSettings({ flags, payload }: Frame): void {
    if ((flags & flag.ack) !== 0) return
    for (let at = 0; at + settingBytes <= payload.length; at += settingBytes)
      this.#heard.setting(payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
    this.#heard.settled()
  }
}

function word(payload: Buffer, at: number): number {
  if (payload.length < at + 4) throw new Error('a frame shorter than its kind')
  return payload.readUInt32BE(at)
}
