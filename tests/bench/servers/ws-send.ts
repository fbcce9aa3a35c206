import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { textOf } from '../common/message.ts'
import { takeOrders } from '../common/report.ts'

// What one writes first with ws: a set of clients, and `send` of the JSON text for each.
const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (socket) => socket.on('error', () => {}))

takeOrders(server, (seq) => {
  const text = textOf(seq)
  for (const socket of sockets.clients) socket.send(text)
})
