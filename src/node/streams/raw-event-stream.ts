import type { Socket } from 'node:net'
import type { Connection, Subscriber } from '../../hub/subscriber.ts'
import type { Encoding, Frame } from '../../protocol/messages.ts'
import type { StreamRequest } from '../../protocol/stream-request.ts'
import type { PeerConnection } from '../server/peer-connection.ts'
import { destroySoon, type EventStreamDeps, eventStreamFields, firstEvent, textEncoding } from './event-stream.ts'
import { RawWriter } from './io-uring/raw-write.ts'

/** Events as chunks of HTTP/1.1 (RFC 9112 §7.1). All connections share one buffer for each event. */
const chunkEncoding: Encoding = {
  name: 'events',
  frame(message) {
    const text = textEncoding.frame(message)
    return text === null ? null : chunkOf(text)
  },
}

const lastChunk = '0\r\n\r\n'

type StreamSocket = Socket & { tocsinEventStream?: RawEventStream }

/**
 * An event stream on a bare socket, without Node's `ServerResponse` and parser. Head and events are buffers that many
 * readers share, and they are written to the kernel as a WebSocket's frames are.
 */
class RawEventStream implements Connection {
  readonly wire: Encoding
  subscriber: Subscriber | null = null
  readonly #socket: Socket
  readonly #writer: RawWriter
  readonly #deps: EventStreamDeps
  readonly #address: string

  constructor(wire: Encoding, socket: Socket, deps: EventStreamDeps, address: string) {
    this.wire = wire
    this.#socket = socket
    this.#writer = new RawWriter(socket, deps.writeBatch)
    this.#deps = deps
    this.#address = address
  }

  write(frame: Frame): boolean {
    if (this.#socket.destroyed) return true
    this.#deps.streamCounters.writes.events += 1
    return this.#writer.write(frame)
  }

  close(code: number): void {
    this.#deps.streamCounters.cut(code)
    if (this.#socket.writable) this.#socket.end(this.wire === chunkEncoding ? lastChunk : '')
    destroySoon(this.#socket)
  }

  beat(): void {
    // Nothing to check: when the heartbeat is not acknowledged, the kernel closes the connection.
  }

  drained(): void {
    if (this.subscriber !== null) this.#deps.hub.drained(this.subscriber)
  }

  closed(): void {
    if (this.subscriber !== null) this.#deps.hub.leave(this.subscriber)
    this.#deps.admission.leave(this.#address)
  }
}

/**
 * Begins an event stream on a connection whose request has been read and whose response has not begun. `isChunked`: the
 * peer speaks HTTP/1.1. For HTTP/1.0 the end of the connection is the end of the stream. Throws a Problem (429, 503)
 * when there is no room.
 */
export function beginRawEventStream(
  deps: EventStreamDeps,
  { interest, after, credential, ...asked }: StreamRequest,
  { socket }: PeerConnection,
  { isChunked, address }: { readonly isChunked: boolean; readonly address: string },
): void {
  deps.admission.enter(address)
  const stream = new RawEventStream(isChunked ? chunkEncoding : textEncoding, socket, deps, address)
  ;(socket as StreamSocket).tocsinEventStream = stream
  socket.setTimeout(0)
  socket.on('drain', onDrain)
  socket.on('close', onClose)
  // The head and the first events are written together, which saves a system call for each reader.
  socket.cork()
  const { heartbeatSeconds } = deps.hub.limits
  const head =
    asked.terms === undefined
      ? sharedHead(heartbeatSeconds, isChunked)
      : headOf(eventStreamFields(heartbeatSeconds, asked.terms), new Date(), isChunked)
  socket.write(head)
  deps.streamCounters.countResume(deps.hub, after)
  stream.subscriber = deps.hub.join(stream, interest, after, asked)
  if (credential) deps.watch?.(stream.subscriber, credential)
  socket.uncork()
}

const secondMs = 1_000
const heads = { chunked: Buffer.alloc(0), plain: Buffer.alloc(0), heartbeatSeconds: 0, second: -1 }

/** The head for those without terms of their own: shared by all requests within a second. */
function sharedHead(heartbeatSeconds: number, isChunked: boolean): Buffer {
  const now = Date.now()
  const second = Math.floor(now / secondMs)
  if (heads.second !== second || heads.heartbeatSeconds !== heartbeatSeconds) {
    const fields = eventStreamFields(heartbeatSeconds)
    heads.chunked = headOf(fields, new Date(now), true)
    heads.plain = headOf(fields, new Date(now), false)
    heads.heartbeatSeconds = heartbeatSeconds
    heads.second = second
  }
  return isChunked ? heads.chunked : heads.plain
}

/** The status line, the header fields and the first event as Node writes them. */
function headOf(fields: Readonly<Record<string, string>>, date: Date, isChunked: boolean): Buffer<ArrayBuffer> {
  const lines = Object.entries({ ...fields, Date: date.toUTCString() }).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 200 OK\r\n${lines.join('')}`
  const first = Buffer.from(firstEvent)
  if (!isChunked) return Buffer.concat([Buffer.from(`${head}\r\n`), first])
  return Buffer.concat([Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`), chunkOf(first)])
}

function chunkOf(text: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${text.length.toString(16)}\r\n`), text, Buffer.from('\r\n')])
}

function onDrain(this: StreamSocket): void {
  this.tocsinEventStream?.drained()
}

function onClose(this: StreamSocket): void {
  this.tocsinEventStream?.closed()
}
