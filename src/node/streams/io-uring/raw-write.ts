import type { Duplex } from 'node:stream'
import type { SocketWriter } from '../socket-writer/socket-writer.ts'
import type { Outlet, WriteBatch } from './write-batch.ts'

/** What libuv's stream handle of a TCP socket offers inside Node (lib/internal/stream_base_commons.js). */
type Handle = {
  readonly fd: number
  readonly writeQueueSize: number
  writeBuffer(request: object, bytes: Uint8Array): number
}
type WriteRequest = { oncomplete?: () => void; buffer?: Uint8Array; writer?: RawWriter }
type WriteRequestMaker = new () => WriteRequest

let maker: WriteRequestMaker | null = null
let spare: WriteRequest | null = null

/** Whether it is known how Node writes to its handles: until the first write, and in a Node that differs, it is not. */
export function isRawWriteKnown(): boolean {
  return maker !== null
}

/**
 * Writes buffers that others share to one socket, straight to the kernel: when nothing is queued, one `write()` is
 * tried without the layers of a stream. What the kernel does not take is queued and goes out before anything that is
 * written later, by whomever. How Node writes to its handle is learnt from the first write of the first socket; until
 * then, and wherever it is otherwise than expected (TLS, another Node), this is the stream's own `write`.
 */
export class RawWriter implements Outlet, SocketWriter {
  gathering = 0
  readonly #socket: Duplex
  readonly #handle: Handle | null
  readonly #writeBatch: WriteBatch
  /** Good as long as the socket is not destroyed: by then it may be another's. */
  readonly #file: number
  /** libuv still holds a part of our last write. To ask the handle instead is a call out of JavaScript for each frame. */
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

  /** False: full, as with a stream's `write`; its `drain` event says when it is not any more. */
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
      // The peer is gone. The stream tells it in its own way, by its close.
      this.#socket.destroy()
      return true
    }
    if (handle.writeQueueSize === 0) return true
    // The kernel took a part: libuv holds this request until the rest is out, and the bytes must live as long.
    spare = null
    request.buffer = bytes
    request.oncomplete = released
    request.writer = this
    this.#held = true
    return true
  }

  writeQueued(bytes: Uint8Array): void {
    // Whoever was closed in the same step hears no more.
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  abandon(): void {
    this.#socket.destroy()
  }

  /** Something goes out before: past it nothing may be written. */
  get #isQueued(): boolean {
    return this.#held || this.#socket.writableLength > 0
  }

  /** The rest is out: whoever writes next finds the queue empty again. */
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

/** Looks at the next write of a handle, once, to see what kind of request Node gives it. */
function learn(handle: Handle): void {
  if (Object.hasOwn(handle, 'writeBuffer')) return
  const plain = handle.writeBuffer
  handle.writeBuffer = (request, bytes) => {
    Reflect.deleteProperty(handle, 'writeBuffer')
    if (request.constructor.name === 'WriteWrap') maker = request.constructor as WriteRequestMaker
    return plain.call(handle, request, bytes)
  }
}
