import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createHttpServer, listen } from '../../../src/node/server/server.ts'
import { Admission } from '../../../src/node/streams/admission.ts'
import { cleaning } from '../../support/scratch.ts'
import { liveServer } from '../../support/streams/live-server.ts'
import { listenRaw } from '../../support/streams/raw-listener.ts'

const clean = cleaning()
const hurried = { headersMs: 150, requestMs: 400, lookMs: 20 }

/** A bare connection to a server that waits for nobody. */
async function impatient(): Promise<{ socket: Socket; said: () => string; closed: Promise<unknown> }> {
  const server = createHttpServer(() => new Response('here'), hurried)
  const { port } = new URL(await listen(server, '127.0.0.1', 0))
  clean(() => server.close())
  const socket = connect(Number(port), '127.0.0.1')
  clean(() => socket.destroy())
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  return { socket, said: () => text, closed }
}

test('a connection that sends nothing is closed', async () => {
  const { closed } = await impatient()
  await closed
})

test('headers that come drop by drop are closed with 408', async () => {
  const { socket, said, closed } = await impatient()
  let open = true
  void closed.then(() => {
    open = false
  })
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
  for (let drop = 0; open; drop += 1) {
    socket.write(`X-Drop-${drop}: y\r\n`)
    await sleep(20)
  }
  expect(said()).toMatch(/^HTTP\/1\.1 408 /)
})

test('a body that comes too slowly after its response ends the connection, without a second response', async () => {
  const { socket, said, closed } = await impatient()
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx')
  await closed
  expect(said().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200'])
})

test('headers that are too long are refused with 431', async () => {
  const { socket, said, closed } = await impatient()
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(20_000)}\r\n\r\n`)
  await closed
  expect(said()).toMatch(/^HTTP\/1\.1 431 /)
})

test('what is no request is refused with 400, and who is quick is answered', async () => {
  const one = await impatient()
  one.socket.write('HELLO\r\n\r\n')
  await one.closed
  expect(one.said()).toMatch(/^HTTP\/1\.1 400 /)
  const other = await impatient()
  other.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  await other.closed
  expect(other.said()).toMatch(/^HTTP\/1\.1 200 [\s\S]*here$/)
})

let now = 5_000
afterEach(() => {
  now = 5_000
})

test('only so many arrivals are accepted within a second; the next second accepts as many again', () => {
  const admission = new Admission({ connectionsMax: 100, perAddressMax: 0, perSecondMax: 3 }, () => now)
  for (let count = 0; count < 3; count += 1) admission.countArrival()
  const refused = expect.objectContaining({ status: 503, code: 'too-many-at-once', retryAfterSeconds: 5 })
  expect(() => admission.countArrival()).toThrow(refused)
  now += 999
  expect(() => admission.countArrival()).toThrow(refused)
  now += 1
  admission.countArrival()
  expect([...admission.refusals]).toEqual([['too-many-at-once', 2]])
})

test('an arrival that was counted and passed on to the app is not counted there again; the next one of its connection is', () => {
  const admission = new Admission({ connectionsMax: 100, perAddressMax: 0, perSecondMax: 3 }, () => now)
  const [one, other] = [{}, {}]
  admission.countArrival()
  admission.passOn(one)
  admission.countArrival(one)
  admission.countArrival(one)
  admission.countArrival(other)
  expect(admission.acceptsArrivals).toBe(false)
  expect(() => admission.countArrival(one)).toThrow('Too many')
})

test.each([0, 2])('once it stops, with %i readers, it accepts nobody and says to come back in a second', (readers) => {
  const admission = new Admission({ connectionsMax: 100, perAddressMax: 0, perSecondMax: 3 }, () => now)
  for (let count = 0; count < readers; count += 1) admission.enter('')
  const counted = {}
  admission.passOn(counted)
  admission.stop()
  const refused = expect.objectContaining({ status: 503, code: 'draining', retryAfterSeconds: 1 })
  expect([admission.acceptsArrivals, admission.hasRoom('')]).toEqual([false, false])
  expect(() => admission.countArrival()).toThrow(refused)
  expect(() => admission.countArrival(counted)).toThrow(refused)
  expect(() => admission.enter('')).toThrow(refused)
  expect(admission.open).toBe(readers)
})

test('arrivals above the limit of a second are refused before the upgrade, with Retry-After', async () => {
  const server = await liveServer({}, { perSecondMax: 2, now: () => 0 })
  clean(() => server.close())
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => listenRaw(server.url).catch((error: unknown) => error)),
  )
  const refused = answers.filter((answer) => answer instanceof Error)
  expect(refused).toHaveLength(28)
  for (const error of refused) expect(error).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
})

/** A handshake by hand; its connection. */
function handshake(url: string, key = 'dGhlIHNhbXBsZSBub25jZQ=='): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  clean(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(
    `GET /v1/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  return socket
}

test.each([
  ['has ended its answer', (incoming: IncomingMessage) => void incoming.socket.end('HTTP/1.1 408 Late\r\n\r\n')],
  ['is gone', (incoming: IncomingMessage) => void incoming.socket.destroy()],
])('a place is not kept by three in a row whose connection %s while their key is looked up', async (_, meanwhile) => {
  const server = await liveServer(
    {},
    {
      async beforeEnter(incoming) {
        meanwhile(incoming)
        await sleep(1)
      },
    },
  )
  clean(() => server.close())
  for (let nth = 0; nth < 3; nth += 1) {
    const socket = handshake(server.url)
    socket.resume()
    await once(socket, 'close')
  }
  expect([server.admission.open, server.hub.size]).toEqual([0, 0])
})

test('a handshake that is refused takes no place', async () => {
  const server = await liveServer()
  clean(() => server.close())
  const socket = handshake(server.url, 'short')
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /)
  expect(server.admission.open).toBe(0)
  const reader = await listenRaw(server.url)
  expect(server.admission.open).toBe(1)
  reader.socket.terminate()
  await expect.poll(() => server.admission.open).toBe(0)
})

test('a reader who talks without end is closed with 4100', async () => {
  const server = await liveServer()
  clean(() => server.close())
  const reader = await listenRaw(server.url)
  for (let count = 0; count < 150; count += 1) reader.socket.send('ping')
  expect(await reader.closed).toBe(4100)
  expect([...server.streamCounters.cuts]).toEqual([[4100, 1]])
})

test('a reader who does not answer is closed with 4103, one who does is not', async () => {
  const server = await liveServer({ heartbeatSeconds: 1 })
  clean(() => server.close())
  const silent = new WebSocket(`${server.url.replace('http', 'ws')}/v1/socket`, { autoPong: false })
  const closed = once(silent, 'close')
  await once(silent, 'open')
  const pinged = once(silent, 'ping')
  const answering = await listenRaw(server.url)
  const answered = once(answering.socket, 'ping')
  server.hub.beat(0)
  await Promise.all([pinged, answered])
  // A ping of its own comes back after the pong that it sent before: that has arrived.
  answering.socket.ping()
  await once(answering.socket, 'pong')
  server.hub.beat(1)
  expect(await closed).toMatchObject([4103, expect.anything()])
  expect(answering.socket.readyState).toBe(WebSocket.OPEN)
  expect([...server.streamCounters.cuts]).toEqual([[4103, 1]])
})

test('a reader who stays full is closed with 4101 after what was sent before', async () => {
  const server = await liveServer({ fullMsMax: 0, heartbeatSeconds: 1 })
  clean(() => server.close())
  const slow = await listenRaw(server.url, '?languages=en')
  slow.socket.pause()
  for (let count = 0; server.hub.states().full === 0; count += 1) {
    server.append({ texts: { en: { headline: `n${count}`, summary: 'z'.repeat(200_000) } } })
    await sleep(1)
  }
  await expect
    .poll(() => {
      server.hub.beat(0)
      return server.hub.size
    })
    .toBe(0)
  slow.socket.resume()
  expect(await slow.closed).toBe(4101)
  expect(slow.seqs()).toEqual(slow.seqs().map((_, index) => index + 1))
  expect(slow.seqs().length).toBeGreaterThan(0)
  expect([...server.streamCounters.cuts]).toEqual([[4101, 1]])
})
