import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How often a piece is let through, in milliseconds. */
const everyMs = 100

/**
 * A TCP proxy before a server of this machine that lets so many bytes a second through to each client. `cutNext`: the next
 * connection ends after so many bytes.
 */
export async function throttlingProxy(port: number, bytesPerSecond: number, clean: (undo: () => unknown) => void) {
  const sockets = new Set<Socket>()
  let cutAfter = Number.POSITIVE_INFINITY
  let passed = 0
  const server = createServer((near) => {
    const far = createConnection({ host: '127.0.0.1', port })
    const most = cutAfter
    cutAfter = Number.POSITIVE_INFINITY
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    near.pipe(far)
    void slowly(far, near, most)
  })

  async function slowly(far: Socket, near: Socket, most: number): Promise<void> {
    const pieceBytes = Math.floor((bytesPerSecond * everyMs) / 1_000)
    let sent = 0
    // The next piece is read only when this one is through: the server notices how slow its client is.
    for await (const chunk of far as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const piece = chunk.subarray(at, Math.min(at + pieceBytes, at + most - sent))
        near.write(piece)
        sent += piece.length
        passed += piece.length
        if (sent >= most) return void near.destroy()
        await sleep(everyMs)
      }
    }
    near.end()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** How many bytes it has let through to clients. */
    passed: () => passed,
    cutNext: (bytes: number) => {
      cutAfter = bytes
    },
  }
}
