import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Connections } from '../../../src/node/server/connections.ts'
import { createHttpServer, listen, serverTimeouts } from '../../../src/node/server/server.ts'
import { cleaning } from '../../support/scratch.ts'
import { peerAt } from '../../support/streams/peers.ts'

const clean = cleaning()
const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

/** A connection to a server that wants a first request within 300 ms. */
async function connected(idleMs: number) {
  const connections = new Connections({ waitMs: 300, idleMs, lookMs: 50 })
  const timeouts = { ...serverTimeouts, keepAliveMs: 60_000 }
  const server = createHttpServer(() => new Response('here'), timeouts, undefined, connections)
  const { socket, said } = await peerAt(await listen(server, '127.0.0.1', 0), '', { halfOpen: false })
  clean(() => server.close())
  clean(() => socket.destroy())
  return { socket, responses: () => said().split('HTTP/1.1 200').length - 1 }
}

test('a connection that was answered is kept longer than one that has asked for nothing', async () => {
  const [silent, kept] = [await connected(60_000), await connected(60_000)]
  kept.socket.write(request)
  await expect.poll(() => silent.socket.destroyed).toBe(true)
  await sleep(400)
  kept.socket.write(request)
  await expect.poll(kept.responses).toBe(2)
})

const post = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n'

test.each([
  ['a request with a body', [`${post}body`]],
  ['a request whose body came after its response', [post, 'body']],
  ['a request whose body came in two parts', [`${post}bo`, 'dy']],
  ['two requests at once', [`${request}${post}body`]],
])('a connection is kept after %s', async (_, parts) => {
  const { socket, responses } = await connected(60_000)
  for (const part of parts) {
    socket.write(part)
    await expect.poll(responses).toBeGreaterThan(0)
  }
  const before = parts[0]?.startsWith('GET') ? 2 : 1
  await expect.poll(responses).toBe(before)
  await sleep(700)
  socket.write(request)
  await expect.poll(responses).toBe(before + 1)
})

test('a request that comes in two parts after a long silence is answered', async () => {
  const { socket, responses } = await connected(60_000)
  socket.write(request)
  await expect.poll(responses).toBe(1)
  await sleep(500)
  socket.write(request.slice(0, 20))
  await sleep(150)
  socket.write(request.slice(20))
  await expect.poll(responses).toBe(2)
})

test('a connection that was answered is closed when it stays idle for too long', async () => {
  const { socket, responses } = await connected(500)
  socket.write(request)
  await expect.poll(responses).toBe(1)
  await expect.poll(() => socket.destroyed).toBe(true)
})

test('who begins another request and does not go on is closed as one that has asked for nothing', async () => {
  const { socket, responses } = await connected(60_000)
  socket.write(request)
  await expect.poll(responses).toBe(1)
  socket.write(request.slice(0, 10))
  await expect.poll(() => socket.destroyed, { timeout: 30_000 }).toBe(true)
})
