import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { type Encoding, socketText } from '../../../protocol/messages.ts'
import { RawWriter } from '../io-uring/raw-write.ts'
import type { WriteBatch } from '../io-uring/write-batch.ts'
import { socketFrame } from './socket-frame.ts'
import type { SocketWriter } from './socket-writer.ts'
import { WsWriter, wsEncoding } from './ws-writer.ts'

/** An implementation of writing to WebSockets: its encoding of messages, and the writer of each socket. */
type SocketWriting = {
  readonly encoding: Encoding
  writerOf(socket: WebSocket, connection: Duplex, writeBatch: WriteBatch): SocketWriter
}

/**
 * `raw`: frames are encoded once and written past the socket's stream; `ws`: the package ws encodes and writes each
 * frame.
 */
export const socketWritings: Readonly<Record<'raw' | 'ws', SocketWriting>> = {
  raw: {
    encoding: { name: 'socket', frame: (message) => socketFrame(socketText(message)) },
    writerOf: (_, connection, writeBatch) => new RawWriter(connection, writeBatch),
  },
  ws: {
    encoding: wsEncoding,
    writerOf: (socket, connection) => new WsWriter(socket, connection),
  },
}
