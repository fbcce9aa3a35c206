import { textOf } from '../common/message.ts'
import { clockMicroseconds, type ServerOrder, type ServerReport } from '../common/words.ts'

// Bun's own WebSocket server and its `publish`, run by Bun where it is installed.

type BunServer = {
  readonly port: number
  publish(topic: string, text: string): number
  upgrade(request: Request): boolean
}
type BunSocket = { subscribe(topic: string): void }
type BunRuntime = {
  serve(options: {
    port: number
    hostname: string
    fetch(request: Request, server: BunServer): Response | undefined
    websocket: { perMessageDeflate: boolean; open(socket: BunSocket): void; message(): void }
  }): BunServer
  gc(force: boolean): void
}

const { Bun } = globalThis as unknown as { Bun: BunRuntime }
const tell = (report: ServerReport) => void process.send?.(report)

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request, upgrading) => (upgrading.upgrade(request) ? undefined : new Response(null, { status: 400 })),
  websocket: { perMessageDeflate: false, open: (socket) => socket.subscribe('alerts'), message() {} },
})

const usage = () => {
  const { user, system } = process.cpuUsage()
  tell({ cpuMicroseconds: user + system, rssBytes: process.memoryUsage.rss() })
}
process.on('message', (order: ServerOrder) => {
  if (order.do === 'usage') usage()
  if (order.do === 'settled-usage') {
    Bun.gc(true)
    setTimeout(usage, 500)
  }
  if (order.do !== 'broadcast') return
  const beganAt = clockMicroseconds()
  server.publish('alerts', textOf(order.seq))
  tell({ beganAt })
})
process.on('disconnect', () => process.exit(0))
tell({ ready: server.port })
