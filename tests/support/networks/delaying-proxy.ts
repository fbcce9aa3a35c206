import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What only the answer to a resumed handshake has: the extension pre_shared_key, with the first key (RFC 8446 §4.2.11). */
const resumedMark = Buffer.from([0x00, 0x29, 0x00, 0x02, 0x00, 0x00])

/**
 * A TCP proxy before a TLS server of this machine through which everything takes `delayMs` each way, a new connection too: nothing of
 * the client's leaves it before its SYN could have been answered. Bandwidth and windows are not limited.
 */
export async function delayingProxy(port: number, clean: (undo: () => unknown) => void, delayMs: number) {
  const sockets = new Set<Socket>()
  const counted = { connections: 0, resumed: 0 }
  const listening = createServer((client) => {
    const server = createConnection({ port, host: '127.0.0.1' })
    const connectedMs = performance.now() + 2 * delayMs
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.setNoDelay()
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    passLate(client, server, connectedMs)
    passLate(server, client, connectedMs)
    server.once('data', (bytes: Buffer) => {
      counted.connections += 1
      if (bytes.includes(resumedMark)) counted.resumed += 1
    })
  })

  /** In order, and the end too. */
  function passLate(from: Socket, to: Socket, connectedMs: number): void {
    let passed = Promise.resolve()
    const late = (act: () => unknown) => {
      const dueMs = Math.max(performance.now(), connectedMs) + delayMs
      passed = passed.then(() => sleep(Math.max(0, dueMs - performance.now()))).then(() => void act())
    }
    from.on('data', (bytes: Buffer) => late(() => to.write(bytes)))
    from.on('close', () => late(() => to.destroySoon()))
  }

  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  clean(() => {
    listening.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (listening.address() as AddressInfo).port, counted }
}
