import type { Duplex } from 'node:stream'
import type { SocketWriter } from '../socket-writer/socket-writer.ts'
import type { BatchableSocket, WriteBatch } from './write-batch.ts'

/** What Node's internal stream handle of a TCP socket offers (lib/internal/stream_base_commons.js). */
type Handle = {
  readonly fd: number
  readonly writeQueueSize: number
  writeBuffer(request: object, bytes: Uint8Array): number
}
type WriteRequest = { oncomplete?: () => void; buffer?: Uint8Array; writer?: RawWriter }
type WriteRequestMaker = new () => WriteRequest

let maker: WriteRequestMaker | null = null
let spare: WriteRequest | null = null

/**
 * Whether the kind of Node's write request is known: not before the first write, and not in a Node with other
 * internals.
 */
export function isRawWriteKnown(): boolean {
  return maker !== null
}

/**
 * Writes buffers that others share to one socket, straight to the kernel. When nothing is queued, one `write()` is
 * tried without the layers of a stream. Bytes that the kernel does not take are queued, and are sent before any later
 * write. The kind of Node's write request is learnt from the first write of the first socket. Until then, and wherever
 * the internals differ (TLS, another Node), this is the stream's own `write`.
 */
export class RawWriter implements BatchableSocket, SocketWriter {
  gathering = 0
  readonly #socket: Duplex
  readonly #handle: Handle | null
  readonly #writeBatch: WriteBatch
  /** The file descriptor. Valid until the socket is destroyed: after that it may belong to another one. */
  readonly #file: number
  /**
   * Whether libuv still holds a part of our last write. Asking the handle would be a call out of JavaScript for each
   * frame.
   */
  #held = false

  constructor(socket: Duplex, writeBatch: WriteBatch) {
    this.#socket = socket
    this.#handle = handleOf(socket)
    this.#writeBatch = writeBatch
    this.#file = this.#handle?.fd ?? -1
  }

  get openFile(): number {
    return this.#socket.destroyed || this.#isQueued ? -1 : this.#file
  }

  /** False: the buffer is full, as with a stream's `write`; the `drain` event follows. */
  write(bytes: Uint8Array): boolean {
    const handle = this.#handle
    if (handle === null || this.#isQueued) return this.#socket.write(bytes)
    if (this.#writeBatch.take(this, bytes)) return true
    if (maker === null) {
      learn(handle)
      return this.#socket.write(bytes)
    }
    spare ??= new maker()
    const request = spare
    if (handle.writeBuffer(request, bytes) !== 0) {
      // The peer has disconnected. The stream reports that by its `close` event.
      this.#socket.destroy()
      return true
    }
    if (handle.writeQueueSize === 0) return true
    // The kernel took a part. libuv holds this request until the rest is written, and the bytes must stay alive as
    // long.
    spare = null
    request.buffer = bytes
    request.oncomplete = released
    request.writer = this
    this.#held = true
    return true
  }

  writeQueued(bytes: Uint8Array): void {
    // A reader who was closed in the same step is not sent anything more.
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  abandon(): void {
    this.#socket.destroy()
  }

  /** Whether the stream has queued bytes, which must be written before any of ours. */
  get #isQueued(): boolean {
    return this.#held || this.#socket.writableLength > 0
  }

  /** The rest is written, so the queue is empty again. */
  release(): void {
    this.#held = false
  }
}

function released(this: WriteRequest): void {
  this.writer?.release()
}

function handleOf(socket: Duplex): Handle | null {
  const handle: unknown = '_handle' in socket ? socket._handle : null
  if (typeof handle !== 'object' || handle === null || handle.constructor.name !== 'TCP') return null
  return 'writeBuffer' in handle && 'writeQueueSize' in handle ? (handle as Handle) : null
}

/** Intercepts one write of a handle, to learn what kind of request Node passes to it. */
function learn(handle: Handle): void {
  if (Object.hasOwn(handle, 'writeBuffer')) return
  const plain = handle.writeBuffer
  handle.writeBuffer = (request, bytes) => {
    Reflect.deleteProperty(handle, 'writeBuffer')
    if (request.constructor.name === 'WriteWrap') maker = request.constructor as WriteRequestMaker
    return plain.call(handle, request, bytes)
  }
}
