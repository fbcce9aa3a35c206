import type { PushRequest } from '../../../push/crypto/seal.ts'
import { fieldBytesMax, HeaderEncoder, HeaderGroup } from './hpack.ts'
import { type FrameWriter, flag, frameType, setting } from './http2-frames.ts'

const windowStart = 65_535
const windowMax = 0x7fff_ffff
const frameBytesLeast = 16_384
const pathName = ':path'
const changing: ReadonlySet<string> = new Set([pathName, 'ttl'])

type Upload = { readonly body: Uint8Array; sent: number; window: number }

/**
 * The requests that an HTTP/2 connection is sending: headers at once, bodies within the flow-control windows (RFC 9113
 * §5.2).
 */
export class Http2Uploads {
  /** The pseudo-headers that all requests have. */
  readonly #target: HeaderGroup
  #last: { readonly headers: PushRequest['headers']; readonly group: HeaderGroup } | null = null
  #lastLength: { readonly bytes: number; readonly group: HeaderGroup } | null = null
  readonly #writer: FrameWriter
  readonly #encoder = new HeaderEncoder()
  /** Requests with unsent bytes. Each waits for its own window or for the connection's. */
  readonly #unfinished = new Map<number, Upload>()
  #window = windowStart
  #streamWindow = windowStart
  #frameBytes = frameBytesLeast

  constructor(host: string, writer: FrameWriter) {
    this.#target = new HeaderGroup([
      [':method', 'POST'],
      [':scheme', 'https'],
      [':authority', host],
    ])
    this.#writer = writer
  }

  /** Writes a request. False when its headers do not fit a frame; nothing was written then. */
  begin(stream: number, path: string, { headers, body }: PushRequest): boolean {
    const group = this.#groupOf(headers)
    // With the length, a service can detect a truncated body (RFC 9113 §8.1.1).
    const length = this.#lengthOf(body.length)
    const pathBytesMax = pathName.length + path.length + fieldBytesMax
    const bytesMax = this.#target.bytesMax + pathBytesMax + group.bytesMax + length.bytesMax
    if (bytesMax > frameBytesLeast) return false
    const flags = flag.endHeaders | (body.length === 0 ? flag.endStream : 0)
    const encoder = this.#encoder
    this.#writer.frame(frameType.headers, flags, stream, bytesMax, (into, at) => {
      let end = encoder.encodeGroup(into, at, this.#target, changing)
      end = encoder.encode(into, end, [[pathName, path]], changing)
      end = encoder.encodeGroup(into, end, group, changing)
      return encoder.encodeGroup(into, end, length, changing)
    })
    this.#send(stream, { body, sent: 0, window: this.#streamWindow })
    return true
  }

  /** The same object of headers is encoded once: usually, the pushes of a second have the same. */
  #groupOf(headers: PushRequest['headers']): HeaderGroup {
    if (this.#last?.headers !== headers) this.#last = { headers, group: new HeaderGroup(Object.entries(headers)) }
    return this.#last.group
  }

  #lengthOf(bytes: number): HeaderGroup {
    if (this.#lastLength?.bytes !== bytes)
      this.#lastLength = { bytes, group: new HeaderGroup([['content-length', String(bytes)]]) }
    return this.#lastLength.group
  }

  /** The request has ended. Gives whether some of its body was still unsent. */
  end(stream: number): boolean {
    return this.#unfinished.delete(stream)
  }

  /** Applies a setting of the service. Throws when a window is larger than allowed. */
  setting(id: number, value: number): void {
    if (id === setting.tableBytes) this.#encoder.limit(value)
    else if (id === setting.frameBytes) this.#frameBytes = Math.max(frameBytesLeast, value)
    else if (id === setting.windowBytes) {
      for (const upload of this.#unfinished.values()) upload.window += checked(value) - this.#streamWindow
      this.#streamWindow = checked(value)
    }
  }

  /** WINDOW_UPDATE for a stream, or for the connection (0). Throws when the window becomes larger than allowed. */
  widen(stream: number, bytes: number): void {
    const upload = this.#unfinished.get(stream)
    if (stream === 0) this.#window = checked(this.#window + bytes)
    else if (upload !== undefined) upload.window = checked(upload.window + bytes)
  }

  /** Continues bodies that waited for a window. */
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
