import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

/**
 * A TCP proxy before a PostgreSQL server that ends every connection when it is told to: at the nth packet from then on, in
 * whichever direction, so that it is within a transaction, at its commit, or before the answer to that.
 */
export async function cuttingProxy(port: number, clean: (undo: () => unknown) => void) {
  const sockets = new Set<Socket>()
  let packetsLeft: number | null = null
  let state: 'forwarding' | 'away' = 'forwarding'
  let thenAway = false
  let cuts = 0
  const cut = () => {
    packetsLeft = null
    cuts += 1
    if (thenAway) state = 'away'
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((near) => {
    if (state === 'away') return void near.destroy()
    const far = createConnection(port, '127.0.0.1')
    // What is held back for the next packet would make each statement wait.
    for (const socket of [near, far]) socket.setNoDelay()
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes: Buffer) => {
        if (packetsLeft === 0) return cut()
        if (packetsLeft !== null) packetsLeft -= 1
        to.write(bytes)
      })
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    /** `away`: after it nobody is connected, until `goOn`. */
    cutAt: (packet: number, away: boolean) => {
      packetsLeft = packet
      thenAway = away
    },
    goOn: () => {
      packetsLeft = null
      state = 'forwarding'
    },
    /** How often the connections were cut. */
    cuts: () => cuts,
  }
}
