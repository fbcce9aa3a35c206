/** HTTP/2's frames (RFC 9113 §4 and §6): parsed from received bytes, and written into one buffer for one write. */

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  promise: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const
export const flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const
export const setting = { tableBytes: 1, push: 2, streams: 3, windowBytes: 4, frameBytes: 5 } as const
export const code = { none: 0, protocol: 1, flow: 3, refused: 7, cancel: 8, compression: 9 } as const
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

const headBytes = 9
/** The largest frame that a peer may send us: the smallest limit that the protocol allows. */
const frameBytesMax = 16_384
const streamMask = 0x7fff_ffff

export type Frame = {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** Splits a stream of bytes into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)

  /** Calls `each` with every complete frame. Throws when one is larger than allowed. */
  read(chunk: Buffer, each: (frame: Frame) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (bytes.length - at >= headBytes) {
      const length = bytes.readUIntBE(at, 3)
      if (length > frameBytesMax) throw new Error('a frame larger than allowed')
      const from = at + headBytes
      if (bytes.length < from + length) break
      const [type, flags] = [bytes[at + 3] ?? 0, bytes[at + 4] ?? 0]
      const stream = bytes.readUInt32BE(at + 5) & streamMask
      at = from + length
      each({ type, flags, stream, payload: bytes.subarray(from, at) })
    }
    this.#rest = bytes.subarray(at)
  }
}

/**
 * The content of a HEADERS or DATA frame, without padding and priority. Throws when the padding is longer than the
 * frame.
 */
export function contentOf({ type, flags, payload }: Frame): Buffer {
  const padding = (flags & flag.padded) === 0 ? 0 : (payload[0] ?? 0)
  const from = ((flags & flag.padded) === 0 ? 0 : 1) + (type === frameType.headers && flags & flag.priority ? 5 : 0)
  if (from + padding > payload.length) throw new Error('more padding than frame')
  return payload.subarray(from, payload.length - padding)
}

const chunkBytes = 64 * 1_024

/** Collects frames, and passes them on in one piece at the end of the current turn of the event loop. */
export class FrameWriter {
  readonly #write: (bytes: Buffer) => void
  #bytes: Buffer = Buffer.alloc(0)
  #end = 0
  #due = false

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write
  }

  /**
   * Writes a frame. `fill` writes at most `bytesMax` of payload into the buffer from an index, and gives the index
   * after it.
   */
  frame(
    type: number,
    flags: number,
    stream: number,
    bytesMax: number,
    fill: (into: Buffer, at: number) => number,
  ): void {
    const at = this.#room(headBytes + bytesMax)
    const from = at + headBytes
    const end = fill(this.#bytes, from)
    this.#bytes.writeUIntBE(end - from, at, 3)
    this.#bytes[at + 3] = type
    this.#bytes[at + 4] = flags
    this.#bytes.writeUInt32BE(stream, at + 5)
    this.#end = end
  }

  /** A frame whose payload is a sequence of 32-bit numbers. */
  words(type: number, flags: number, stream: number, ...words: readonly number[]): void {
    this.frame(type, flags, stream, words.length * 4, (into, at) => {
      let end = at
      for (const word of words) end = into.writeUInt32BE(word, end)
      return end
    })
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
    this.#end = at + bytes.length
  }

  flush(): void {
    this.#due = false
    if (this.#end === 0) return
    const bytes = this.#bytes.subarray(0, this.#end)
    this.#bytes = this.#bytes.subarray(this.#end)
    this.#end = 0
    this.#write(bytes)
  }

  /** Makes room in the buffer, and gives the index where it begins. Bytes that were passed on are not overwritten. */
  #room(bytes: number): number {
    if (this.#end + bytes > this.#bytes.length) {
      this.flush()
      if (bytes > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes))
    }
    if (!this.#due) {
      this.#due = true
      setImmediate(() => this.flush())
    }
    return this.#end
  }
}
