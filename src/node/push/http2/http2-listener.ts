import { HeaderDecoder } from './hpack.ts'
import { contentOf, type Frame, FrameReader, flag, frameType } from './http2-frames.ts'

/** The longest header block of a response that is read, with the heads of its frames. Only three fields of it are used. */
const headerBytesMax = 262_144
const frameHeadBytes = 9
const settingBytes = 6
const streamMask = 0x7fff_ffff

/** The headers of a response that are used. */
export type RetryHeaders = { readonly retryAfter: string | null; readonly date?: string }

/** Callbacks for what a service sends on an HTTP/2 connection. */
export type Http2Callbacks = {
  /** The headers of the final response; `ended` when no body follows. */
  answer(stream: number, status: number, headers: RetryHeaders, ended: boolean): void
  /** Part of a response's body: its bytes, and the bytes that count against our flow-control window. */
  body(stream: number, bytes: number, counted: number, ended: boolean): void
  setting(id: number, value: number): void
  /** All settings of one frame have been given. */
  settled(): void
  window(stream: number, bytes: number): void
  reset(stream: number, why: number): void
  /** GOAWAY: streams above `last` were not processed and will not be. */
  goaway(last: number): void
  ping(high: number, low: number): void
}

/** A header block that may continue in the next frame. `flags` are those of its first frame. */
type Block = {
  readonly stream: number
  readonly flags: number
  readonly pieces: Buffer[]
  size: number
}

/** Parses what arrives on an HTTP/2 connection (RFC 9113 §6). */
export class Http2Listener {
  readonly #callbacks: Http2Callbacks
  readonly #reader = new FrameReader()
  readonly #decoder = new HeaderDecoder()
  #block: Block | null = null

  constructor(callbacks: Http2Callbacks) {
    this.#callbacks = callbacks
  }

  /** Takes received bytes. Throws when they are not HTTP/2: the connection is unusable then. */
  receive(chunk: Buffer): void {
    this.#reader.read(chunk, (frame) => this.#take(frame))
  }

  #take(frame: Frame): void {
    const { type, flags, stream, payload } = frame
    if (this.#block !== null && type !== frameType.continuation) throw new Error('a header block was broken off')
    if (type === frameType.headers) this.#takeBlock({ stream, flags, pieces: [], size: 0 }, contentOf(frame), flags)
    else if (type === frameType.continuation) this.#takeMore(frame)
    else if (type === frameType.data)
      this.#callbacks.body(stream, contentOf(frame).length, payload.length, (flags & flag.endStream) !== 0)
    else if (type === frameType.settings) this.#takeSettings(frame)
    else if (type === frameType.window) this.#callbacks.window(stream, word(payload, 0) & streamMask)
    else if (type === frameType.reset) this.#callbacks.reset(stream, word(payload, 0))
    else if (type === frameType.goaway) this.#callbacks.goaway(word(payload, 0) & streamMask)
    else if (type === frameType.promise) throw new Error('a push was promised, which was not allowed')
    else if (type === frameType.ping && (flags & flag.ack) === 0)
      this.#callbacks.ping(word(payload, 0), word(payload, 4))
    // Other frames, known and unknown, are ignored (RFC 9113 §5.5).
  }

  #takeMore({ stream, flags, payload }: Frame): void {
    if (this.#block?.stream !== stream) throw new Error('a header block out of place')
    this.#takeBlock(this.#block, payload, flags)
  }

  #takeBlock(block: Block, piece: Buffer, frameFlags: number): void {
    block.pieces.push(piece)
    // Frames without content count too, so that they cannot go on for ever.
    block.size += frameHeadBytes + piece.length
    if (block.size > headerBytesMax) this.#takeBeginning(block)
    if ((frameFlags & flag.endHeaders) === 0) {
      this.#block = block
      return
    }
    this.#block = null
    // Decoded even when no request waits for it: every block changes the dynamic tables of both sides.
    const { status, headers } = this.#decode(block)
    const ended = (block.flags & flag.endStream) !== 0
    // Trailers have no status, and an interim response (1xx) is not final.
    if (status >= 200) this.#callbacks.answer(block.stream, status, headers, ended)
    else if (ended) this.#callbacks.body(block.stream, 0, 0, true)
  }

  /**
   * Takes the response of a block that is too long from its beginning, where the status is (RFC 9113 §8.3): its push has
   * been processed, and would be delivered again and again otherwise. Throws: without the rest, the tables of both sides
   * differ.
   */
  #takeBeginning(block: Block): never {
    const { status, headers } = this.#decode(block, true)
    if (status >= 200) this.#callbacks.answer(block.stream, status, headers, true)
    throw new Error(`the headers of a response are longer than ${headerBytesMax} bytes`)
  }

  #decode({ pieces }: Block, isCutOff = false): { readonly status: number; readonly headers: RetryHeaders } {
    let status = 0
    let retryAfter: string | null = null
    let date: string | null = null
    const [first = Buffer.alloc(0)] = pieces
    try {
      this.#decoder.decode(pieces.length === 1 ? first : Buffer.concat(pieces), (name, value) => {
        if (name === ':status') status = Number(value)
        else if (name === 'retry-after') retryAfter = value
        else if (name === 'date') date = value
      })
    } catch (error) {
      // A block that is cut off ends within a field.
      if (!isCutOff) throw error
    }
    return { status, headers: date === null ? { retryAfter } : { retryAfter, date } }
  }

  #takeSettings({ flags, payload }: Frame): void {
    if ((flags & flag.ack) !== 0) return
    for (let at = 0; at + settingBytes <= payload.length; at += settingBytes)
      this.#callbacks.setting(payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
    this.#callbacks.settled()
  }
}

function word(payload: Buffer, at: number): number {
  if (payload.length < at + 4) throw new Error('a frame shorter than its kind')
  return payload.readUInt32BE(at)
}
