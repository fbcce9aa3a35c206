import { createHash } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { socketFrame } from '../../../src/node/streams/socket-writer/socket-frame.ts'
import { textOf } from '../common/message.ts'
import { takeOrders } from '../common/report.ts'

// The floor of Node: accept, answer the handshake, one write of one buffer to each socket, and nothing else.
const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const sockets = new Set<Socket>()
const server = createServer((socket) => {
  socket.setNoDelay(true)
  socket.once('data', (request) => {
    const key = /sec-websocket-key: *(\S+)/i.exec(request.toString('latin1'))?.[1] ?? ''
    const accept = createHash('sha1')
      .update(key + magic)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    sockets.add(socket)
  })
  socket.on('error', () => {})
  socket.on('close', () => sockets.delete(socket))
})

takeOrders(server, (seq) => {
  const frame = socketFrame(textOf(seq))
  for (const socket of sockets) socket.write(frame)
})
