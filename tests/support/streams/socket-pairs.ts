import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Both ends of a TCP connection of this process. */
export type Pair = { readonly near: Socket; readonly far: Socket }

/** Connections whose far ends read nothing yet. */
export async function socketPairs(count: number): Promise<readonly Pair[]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const pairs: Pair[] = []
  for (let index = 0; index < count; index += 1) {
    const far = connect(address.port, '127.0.0.1').pause()
    const [near] = (await once(server, 'connection')) as [Socket]
    near.setNoDelay(true)
    for (const end of [near, far]) end.on('error', () => {})
    if (far.connecting) await once(far, 'connect')
    pairs.push({ near, far })
  }
  server.close()
  return pairs
}

/** The file of a socket, as the kernel numbers it. */
export function fileOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle: { fd: number } | null }
  return handle?.fd ?? -1
}
