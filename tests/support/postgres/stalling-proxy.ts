import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

/** A TCP proxy that can stop forwarding: its connections stay open and nothing comes through them. */
export async function stallingProxy(port: number, clean: (undo: () => unknown) => void) {
  const sockets = new Set<Socket>()
  let state: 'forwarding' | 'stalled' = 'forwarding'
  const server = createServer((near) => {
    const far = createConnection(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => void (state === 'forwarding' && to.write(bytes)))
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
    stall: () => {
      state = 'stalled'
    },
    /** New connections are forwarded again; those that have lost bytes stay silent. */
    goOn: () => {
      for (const socket of sockets) socket.removeAllListeners('data').resume()
      state = 'forwarding'
    },
  }
}
