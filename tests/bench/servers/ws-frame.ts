import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { socketFrame } from '../../../src/node/streams/socket-writer/socket-frame.ts'
import { textOf } from '../common/message.ts'
import { takeOrders } from '../common/report.ts'

// ws for the handshake, one shared frame for the messages: the least that a fan-out on ws can do.
const server = createServer()
const sockets = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false })
const raws = new Set<Duplex>()
server.on('upgrade', (request, raw, head) => {
  sockets.handleUpgrade(request, raw, head, (socket) => {
    raws.add(raw)
    socket.on('error', () => {})
    socket.on('close', () => raws.delete(raw))
  })
})

takeOrders(server, (seq) => {
  const frame = socketFrame(textOf(seq))
  for (const raw of raws) raw.write(frame)
})
