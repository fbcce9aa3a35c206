import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { BodyEnv } from '../../../src/http/body.ts'
import { Connections } from '../../../src/node/server/connections.ts'
import { createHttpServer, listen, serverTimeouts } from '../../../src/node/server/server.ts'
import { cleaning } from '../../support/scratch.ts'
import { peerAt } from '../../support/streams/peers.ts'

const clean = cleaning()
const piece = 'x'.repeat(20_000)

/** `giveUpMs`: how long the server waits for a piece. */
type Options = { readonly read: number; readonly discardBytesMax: number; readonly giveUpMs?: number }

/** A connection to a server that refuses a POST after `read` pieces of its body, and answers every GET. */
async function connected({ read, discardBytesMax, giveUpMs }: Options) {
  const connections = new Connections({ discardBytesMax })
  const answer = async ({ method }: Request, env: BodyEnv) => {
    if (method === 'GET') return new Response('here')
    const body = read > 0 ? env.bodyReader?.() : undefined
    for (let count = 0; count < read; count += 1) {
      const next = body?.read()
      await (giveUpMs === undefined ? next : Promise.race([next, sleep(giveUpMs)]))
    }
    // As a route does that has given up.
    void body?.cancel()
    return new Response('refused', { status: 413 })
  }
  const server = createHttpServer(
    (request, env) => answer(request, env as BodyEnv),
    serverTimeouts,
    undefined,
    connections,
  )
  const { socket, said } = await peerAt(await listen(server, '127.0.0.1', 0), '', { halfOpen: false })
  clean(() => server.close())
  clean(() => socket.destroy())
  return { socket, statuses: () => said().match(/HTTP\/1\.1 \d+/g) ?? [], connections }
}

const post = (socket: Socket, pieces: number) =>
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${pieces * piece.length}\r\n\r\n`)

test.for([0, 1, 3])(
  'a body that comes slowly, refused after %i pieces: the response comes at once, and the connection stays',
  async (read) => {
    const { socket, statuses } = await connected({ read, discardBytesMax: 1_000_000 })
    post(socket, 12)
    for (let sent = 0; sent < 12; sent += 1) {
      socket.write(piece)
      if (sent === 5) await expect.poll(statuses).toEqual(['HTTP/1.1 413'])
      await sleep(100)
    }
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await expect.poll(statuses).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
  },
)

test('several refused bodies and requests after each other on one connection are each answered', async () => {
  const { socket, statuses } = await connected({ read: 1, discardBytesMax: 1_000_000 })
  const right: string[] = []
  for (let round = 0; round < 5; round += 1) {
    post(socket, 3)
    for (let sent = 0; sent < 3; sent += 1) socket.write(piece)
    right.push('HTTP/1.1 413')
    await expect.poll(statuses).toEqual(right)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    right.push('HTTP/1.1 200')
    await expect.poll(statuses).toEqual(right)
  }
})

test.for([0, 1])(
  'a refused body of which more comes than is discarded ends the connection (read: %i)',
  async (read) => {
    const { socket, statuses, connections } = await connected({ read, discardBytesMax: 200_000 })
    post(socket, 1_000_000)
    socket.write(piece)
    await expect.poll(statuses).toEqual(['HTTP/1.1 413'])
    while (!socket.destroyed) {
      socket.write(piece)
      await sleep(5)
    }
    expect(connections.size).toBe(0)
  },
)

test('what follows a refusal that a body has not come in time is discarded too', async () => {
  const { socket, statuses } = await connected({ read: 2, discardBytesMax: 10_000_000, giveUpMs: 200 })
  post(socket, 60)
  socket.write(piece)
  await expect.poll(statuses).toEqual(['HTTP/1.1 413'])
  for (let sent = 1; sent < 60; sent += 1) socket.write(piece)
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await expect.poll(statuses).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
})

test('a malformed rest of a body that was refused ends the connection without a second response', async () => {
  const { socket, statuses } = await connected({ read: 0, discardBytesMax: 1_000_000 })
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n')
  await expect.poll(statuses).toEqual(['HTTP/1.1 413'])
  socket.write('zz\r\n')
  await expect.poll(() => socket.destroyed).toBe(true)
  expect(statuses()).toEqual(['HTTP/1.1 413'])
})
