import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { type Encoding, type Frame, socketText } from '../../../protocol/messages.ts'
import type { SocketWriter } from './socket-writer.ts'

const lengthBytes = 4

/** Messages as UTF-8, each after its length in 4 bytes (big-endian), so that several can be concatenated. */
export const wsEncoding: Encoding = {
  name: 'ws',
  frame(message) {
    const text = Buffer.from(socketText(message))
    const frame = Buffer.allocUnsafe(lengthBytes + text.length)
    frame.writeUInt32BE(text.length)
    frame.set(text, lengthBytes)
    return frame
  },
}

/** Sends each message by the package ws, which encodes a frame for each socket. */
export class WsWriter implements SocketWriter {
  readonly #socket: WebSocket
  readonly #connection: Duplex

  constructor(socket: WebSocket, connection: Duplex) {
    this.#socket = socket
    this.#connection = connection
  }

  write(frame: Frame): boolean {
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length)
    for (let at = 0; at < bytes.length; ) {
      const from = at + lengthBytes
      at = from + bytes.readUInt32BE(at)
      this.#socket.send(bytes.subarray(from, at), { binary: false })
    }
    return !this.#connection.writableNeedDrain
  }
}
