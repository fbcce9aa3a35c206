import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

/** A client's connection to the proxy, and the proxy's own to the server. */
export type Forwarded = { readonly client: Socket; readonly server: Socket }

type Options = {
  /** Whether a new connection is taken, or ended at once. */
  readonly accepts: () => boolean
  /** What of these bytes is passed on; null: nothing. `from`: who sent them. */
  readonly pass: (bytes: Buffer, from: keyof Forwarded, connection: Forwarded) => Buffer | null
  /** Whether one end is told that the other has closed; absent: always. */
  readonly passesEnd?: (connection: Forwarded) => boolean
}

/** A TCP proxy before a server of this machine, which does with the bytes what a test wants. */
export async function tcpProxy(
  port: number,
  clean: (undo: () => unknown) => void,
  { accepts, pass, passesEnd = () => true }: Options,
) {
  const connections = new Set<Forwarded>()
  const listening = createServer((client) => {
    if (!accepts()) return void client.destroy()
    const connection = { client, server: createConnection(port, '127.0.0.1') }
    connections.add(connection)
    for (const [from, to] of [
      ['client', 'server'],
      ['server', 'client'],
    ] as const) {
      const socket = connection[from]
      // What is held back for the next packet would make each statement wait.
      socket.setNoDelay()
      socket.on('data', (bytes: Buffer) => {
        const passed = pass(bytes, from, connection)
        if (passed !== null) connection[to].write(passed)
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        if (passesEnd(connection)) connection[to].destroy()
        if (connection[to].destroyed) connections.delete(connection)
      })
    }
  }).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const cut = () => {
    for (const { client, server } of connections) for (const socket of [client, server]) socket.destroy()
  }
  clean(() => {
    listening.close()
    cut()
  })
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, connections, cut }
}
