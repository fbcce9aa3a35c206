import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'

export type Front = {
  readonly url: string
  /** Gives later connections to other services. */
  readonly switchTo: (urls: readonly string[]) => void
  /** Ends every connection; gives how many there were. */
  readonly cut: () => number
  readonly close: () => Promise<void>
}

/** A TCP front on loopback that gives each connection to the next of several services, in turn. */
export async function startFront(first: readonly string[]): Promise<Front> {
  let urls = first
  const sockets = new Set<Socket>()
  let turn = 0
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const to = new URL(urls[turn++ % urls.length] ?? '')
    const far = createConnection({ host: to.hostname, port: Number(to.port), allowHalfOpen: true })
    for (const [from, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => other.destroy())
      from.on('close', () => {
        sockets.delete(from)
        other.destroySoon()
      })
      from.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const cut = () => {
    const count = sockets.size / 2
    for (const socket of sockets) socket.destroy()
    return count
  }
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    switchTo(others) {
      urls = others
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
