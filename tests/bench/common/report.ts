import type { AddressInfo, Server } from 'node:net'
import { clockMicroseconds, type ServerOrder, type ServerReport } from './words.ts'

const backlog = 4_096

/** Listens on a free port and does what the bench says: the part that all contenders have in common. */
export function takeOrders(server: Server, broadcast: (seq: number) => void): void {
  const tell = (report: ServerReport) => void process.send?.(report)
  const usage = () => {
    const { user, system } = process.cpuUsage()
    tell({ cpuMicroseconds: user + system, rssBytes: process.memoryUsage.rss() })
  }
  process.on('message', (order: ServerOrder) => {
    if (order.do === 'usage') usage()
    if (order.do === 'settled-usage') {
      globalThis.gc?.()
      setTimeout(usage, 500)
    }
    if (order.do !== 'broadcast') return
    const beganAt = clockMicroseconds()
    broadcast(order.seq)
    tell({ beganAt })
  })
  process.on('disconnect', () => process.exit(0))
  server.listen({ port: 0, host: '127.0.0.1', backlog }, () => tell({ ready: (server.address() as AddressInfo).port }))
}
