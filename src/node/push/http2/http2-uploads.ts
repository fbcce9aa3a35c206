import type { PushRequest } from '../../../push/crypto/seal.ts'
import { HeaderEncoder } from './hpack.ts'
import { type FrameWriter, flag, frameType, setting } from './http2-frames.ts'

const windowStart = 65_535
const windowMax = 0x7fff_ffff
const frameBytesLeast = 16_384
const fieldBytesMost = 16
const changing: ReadonlySet<string> = new Set([':path', 'ttl'])

type Upload = { readonly body: Uint8Array; sent: number; window: number }

/** The requests on their way out of one HTTP/2 connection: headers at once, bodies as the windows allow (RFC 9113 §5.2). */
export class Http2Uploads {
  readonly #host: string
  readonly #writer: FrameWriter
  readonly #encoder = new HeaderEncoder()
  /** Those whose body is not out; each waits for its own window or for the connection's. */
  readonly #unfinished = new Map<number, Upload>()
  #window = windowStart
  #streamWindow = windowStart
  #frameBytes = frameBytesLeast

  constructor(host: string, writer: FrameWriter) {
    this.#host = host
    this.#writer = writer
  }

  /** Writes a request. False when its headers are longer than a frame; nothing of it was written then. */
  begin(stream: number, path: string, { headers, body }: PushRequest): boolean {
    const fields: [string, string][] = [
      [':method', 'POST'],
      [':scheme', 'https'],
      [':authority', this.#host],
      [':path', path],
      ...Object.entries(headers),
      // The length lets a service tell a body that was cut off from a whole one (RFC 9113 §8.1.1).
      ['content-length', String(body.length)],
    ]
    const bytesMost = fields.reduce((sum, [name, value]) => sum + name.length + value.length + fieldBytesMost, 0)
    if (bytesMost > frameBytesLeast) return false
    const flags = flag.endHeaders | (body.length === 0 ? flag.endStream : 0)
    this.#writer.frame(frameType.headers, flags, stream, bytesMost, (into, at) =>
      this.#encoder.encode(into, at, fields, changing),
    )
    this.#send(stream, { body, sent: 0, window: this.#streamWindow })
    return true
  }

  /** The request is over. Gives whether some of its body was still to be sent. */
  end(stream: number): boolean {
    return this.#unfinished.delete(stream)
  }

  /** Throws when the window is larger than allowed. */
  setting(id: number, value: number): void {
    if (id === setting.tableBytes) this.#encoder.limit(value)
    else if (id === setting.frameBytes) this.#frameBytes = Math.max(frameBytesLeast, value)
    else if (id === setting.windowBytes) {
      for (const upload of this.#unfinished.values()) upload.window += checked(value) - this.#streamWindow
      this.#streamWindow = checked(value)
    }
  }

  /** More may be sent on a stream, or on the whole connection (0). Throws when that is more than allowed. */
  widen(stream: number, bytes: number): void {
    const upload = this.#unfinished.get(stream)
    if (stream === 0) this.#window = checked(this.#window + bytes)
    else if (upload !== undefined) upload.window = checked(upload.window + bytes)
  }

  /** Sends on what waited for a window. */
  go(): void {
    for (const [stream, upload] of this.#unfinished) {
      if (this.#window <= 0) return
      this.#send(stream, upload)
    }
  }

  #send(stream: number, upload: Upload): void {
    const { body } = upload
    while (upload.sent < body.length) {
      const left = body.length - upload.sent
      const bytes = Math.min(left, this.#window, upload.window, this.#frameBytes)
      if (bytes <= 0) {
        this.#unfinished.set(stream, upload)
        return
      }
      const part = body.subarray(upload.sent, upload.sent + bytes)
      this.#writer.frame(frameType.data, bytes === left ? flag.endStream : 0, stream, bytes, (into, at) => {
        into.set(part, at)
        return at + bytes
      })
      upload.sent += bytes
      upload.window -= bytes
      this.#window -= bytes
    }
    this.#unfinished.delete(stream)
  }
}

function checked(window: number): number {
  if (window > windowMax) throw new Error('a window larger than allowed')
  return window
}
