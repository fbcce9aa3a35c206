import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What is called when something happens on a socket. Listeners that all sockets share cost less than closures. */
export type SocketOwner = {
  /** Bytes have come. */
  receive(chunk: Buffer): void
  /** The peer has closed its side. Nothing is attached to the socket that would notice. */
  peerEnded(): void
  /** The response to the current request is written, or was broken off. */
  answered(): void
}

const ownerKey: unique symbol = Symbol('owner')
type Owned = Duplex & { [ownerKey]?: SocketOwner }

/** How long a reader who has ended its side may take for what was written before, in milliseconds. */
const readerEndMs = 1_000

export function setOwner(socket: Duplex, owner: SocketOwner): void {
  ;(socket as Owned)[ownerKey] = owner
}

/** The owner of a socket; undefined for sockets of another server. */
export function ownerOf(socket: Duplex): SocketOwner | undefined {
  return (socket as Owned)[ownerKey]
}

/** Adds the listeners of a socket that Node's parser does not read. */
export function addListeners(socket: Socket): void {
  socket.on('data', onData)
  socket.on('error', ignoreError)
  socket.on('end', onEnd)
}

/** Takes away what `addListeners` has added. */
export function removeListeners(socket: Socket): void {
  socket.off('data', onData)
  socket.off('error', ignoreError)
  socket.off('end', onEnd)
}

export function onData(this: Socket, chunk: Buffer): void {
  ownerOf(this)?.receive(chunk)
}

export function onAnswerClose(this: ServerResponse): void {
  ownerOf(this.req.socket)?.answered()
}

function onEnd(this: Socket): void {
  ownerOf(this)?.peerEnded()
  this.end()
}

export function onReaderEnd(this: Socket): void {
  // Unsent bytes for a reader who has disconnected would hold the connection for ever.
  setTimeout(() => this.destroy(), readerEndMs).unref()
}

/** The `close` event reports a broken connection. Without an `error` listener its error would end the process. */
export function ignoreError(): void {}
