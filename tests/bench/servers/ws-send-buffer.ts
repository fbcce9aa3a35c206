import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { textOf } from '../common/message.ts'
import { takeOrders } from '../common/report.ts'

// The best that plain ws can do by `send`: the bytes made once, and `send` for each.
const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (socket) => socket.on('error', () => {}))

takeOrders(server, (seq) => {
  const text = Buffer.from(textOf(seq))
  for (const socket of sockets.clients) socket.send(text, { binary: false })
})
