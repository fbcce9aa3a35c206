import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { textOf } from '../common/message.ts'
import { takeOrders } from '../common/report.ts'

// Socket.IO as it comes, without compression (its default) and without its client files.
const server = createServer()
const io = new Server(server, { serveClient: false, transports: ['websocket'], perMessageDeflate: false })

takeOrders(server, (seq) => {
  io.emit('alert', JSON.parse(textOf(seq)))
})
