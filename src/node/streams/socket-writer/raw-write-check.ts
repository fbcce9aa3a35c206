import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { isRawWriteKnown, RawWriter } from '../io-uring/raw-write.ts'
import { WriteBatch } from '../io-uring/write-batch.ts'

const checkMs = 2_000
/** Test data: small writes that the kernel takes whole, then more than it takes at once. */
const sizes = [1, 2, 600, 600, 3_000_000, 1]

type Writers = { readonly socketWriter: 'raw' | 'ws'; readonly streamWriter: 'raw' | 'node' }

/**
 * Gives the configured writers. Where one is `raw` and the check of raw writes fails, gives the plain ones, with a
 * warning.
 */
export async function checkedWriters(
  { socketWriter, streamWriter }: Writers,
  warn: (line: string) => void,
  fault = rawWriteFault,
): Promise<Writers> {
  const why = socketWriter === 'raw' || streamWriter === 'raw' ? await fault() : null
  if (why === null) return { socketWriter, streamWriter }
  warn(
    `Readers are written to by the library ws and by Node, which needs more CPU: the check of raw writes failed (${why}).`,
  )
  return { socketWriter: 'ws', streamWriter: 'node' }
}

/**
 * Why readers' connections may not be written to past their streams, in a few words. Null: over a connection to this
 * process itself, everything written past the stream arrived in order. Node's handles are not public, so another
 * version may differ.
 */
export async function rawWriteFault(): Promise<string | null> {
  const signal = AbortSignal.timeout(checkMs)
  const server = createServer()
  const sockets: Socket[] = []
  try {
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening', { signal })
    const far = connect((server.address() as AddressInfo).port, '127.0.0.1')
    sockets.push(far)
    const [near] = (await once(server, 'connection', { signal })) as [Socket]
    sockets.push(near)
    return await compare(near, far, signal)
  } catch (error) {
    return signal.aborted ? 'nothing arrived in time' : error instanceof Error ? error.message : String(error)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

async function compare(near: Socket, far: Socket, signal: AbortSignal): Promise<string | null> {
  const writer = new RawWriter(near, new WriteBatch(null, () => {}))
  const messages = sizes.map((size, at) => Buffer.alloc(size, at + 1))
  // The writer learns Node's kind of request from the first write. After that nothing goes through the stream.
  for (const message of messages) writer.write(message)
  if (!isRawWriteKnown()) return 'Node writes to its handles in another way'
  const wanted = Buffer.concat(messages)
  const received: Buffer[] = []
  let bytes = 0
  far.on('data', (chunk: Buffer) => {
    received.push(chunk)
    bytes += chunk.length
    if (bytes >= wanted.length) far.emit('received')
  })
  if (bytes < wanted.length) await once(far, 'received', { signal })
  return Buffer.concat(received).equals(wanted) ? null : 'what arrived is not what was written'
}
