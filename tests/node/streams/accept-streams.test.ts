import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { cleaning } from '../../support/scratch.ts'
import { liveServer } from '../../support/streams/live-server.ts'
import { answersIn, peerAt, requestText } from '../../support/streams/peers.ts'

// Which connections are taken past Node's parser, and that nobody can tell the difference.

const clean = cleaning()

async function serve(options: Parameters<typeof liveServer>[1] = {}) {
  const server = await liveServer({}, options)
  clean(() => server.close())
  return server
}

async function peer(url: string, text: string) {
  const it = await peerAt(url, text)
  clean(() => it.socket.destroy())
  return it
}

const events = (fields: readonly string[] = ['Host: x'], options: Parameters<typeof requestText>[2] = {}) =>
  requestText('/v1/events?languages=en', fields, options)
const other = requestText('/other')
const upgrade = [
  'Host: x',
  'Upgrade: websocket',
  'Connection: keep-alive, Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
]

test.each([
  ['as a browser asks', events(['Host: x', 'Accept: text/event-stream', 'Cookie: a=b; c=d', 'Connection: keep-alive'])],
  ['as nginx asks by default', events(['Host: x', 'Connection: close'], { version: '1.0' })],
  ['with an id of the last event', events(['Host: x', 'last-event-id:  e.0 \t'])],
  ['for a socket', requestText('/v1/socket?languages=en', upgrade)],
])('a peer who asks %s is taken past the parser, and told of an alert', async (_, text) => {
  const server = await serve()
  const { said } = await peer(server.url, text)
  await expect.poll(() => server.hub.size).toBe(1)
  expect(server.verdicts).toEqual(['taken'])
  server.append()
  await expect.poll(said).toContain('"type":"alert"')
})

test.each([
  ['a HEAD request', events(undefined, { method: 'HEAD' })],
  ['a body', events(['Host: x', 'Content-Length: 1'], { body: 'x' })],
  ['a body in chunks', events(['Host: x', 'Transfer-Encoding: chunked'], { body: '0\r\n\r\n' })],
  ['an expectation', events(['Host: x', 'Expect: 100-continue'])],
  ['an upgrade of its own', events(['Host: x', 'Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings'])],
  ['a field twice', events(['Host: x', 'Accept: a/b', 'Accept: c/d'])],
  ['two hosts', events(['Host: x', 'Host: y'])],
  ['no host', events([])],
  ['a host that is none', events(['Host: a b'])],
  ['a folded field', events(['Host: x', 'X-A: a\r\n b'])],
  ['a space before the colon', events(['Host: x', 'X-A : a'])],
  ['a control character', events(['Host: x', 'X-A: a\u0001b'])],
  ['a bare line feed', events(['Host: x\nX-A: b'])],
  ['a letter that is not of ASCII', events(['Host: x', 'X-A: é'])],
  ['another version', events(undefined, { version: '1.2' })],
  ['another language', requestText('/v1/events?languages=tlh')],
  ['a target with an authority', requestText('http://x/v1/events?languages=en')],
  ['a path that only begins so', requestText('/v1/eventsource')],
  ['a socket without an upgrade', requestText('/v1/socket?languages=en')],
  ['a socket by HTTP/1.0', requestText('/v1/socket?languages=en', upgrade, { version: '1.0' })],
])('%s is for the parser, which answers as where nothing is taken past it', async (_, text) => {
  const heads: string[] = []
  for (const streamWriter of ['raw', 'node'] as const) {
    const server = await serve({ streamWriter })
    const { said, socket } = await peer(server.url, text)
    await expect.poll(said).toContain('\r\n\r\n')
    expect(server.verdicts).toEqual(streamWriter === 'raw' ? ['left'] : [])
    heads.push((said().split('\r\n\r\n')[0] ?? '').replace(/^date: .*$/im, 'Date: …'))
    socket.destroy()
  }
  expect(heads[0]).toBe(heads[1])
})

test.each([1, 20, 40])('a head that comes in pieces of %i bytes is put together', async (length) => {
  const server = await serve()
  const { socket, said } = await peer(server.url, '')
  socket.setNoDelay(true)
  const text = events(['Host: x', 'Accept: text/event-stream'])
  for (let at = 0; at < text.length; at += length) {
    socket.write(text.slice(at, at + length))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await expect.poll(said).toContain('event: head')
  expect(server.verdicts.at(-1)).toBe('taken')
})

test('a request head that is not completed gets Node’s 408, as ever', async () => {
  const server = await serve({ timeouts: { headersMs: 200, requestMs: 400, lookMs: 50 } })
  const { said } = await peer(server.url, events().slice(0, -4))
  await expect.poll(said, { timeout: 20_000 }).toMatch(/^HTTP\/1\.1 408 /)
})

test('a connection that has been answered before becomes an event stream, and stays one', async () => {
  const server = await serve()
  const { socket, said } = await peer(server.url, other)
  await expect.poll(said).toContain('not here')
  socket.write(other)
  await expect.poll(() => said().split('not here').length).toBe(3)
  socket.write(events())
  await expect.poll(said).toContain('event: head')
  expect(server.verdicts).toEqual(['left', 'left', 'taken'])
  server.append()
  await expect.poll(said).toContain('event: alert')
  expect([server.hub.size, server.admission.open]).toEqual([1, 1])
  socket.destroy()
  await expect.poll(() => [server.hub.size, server.admission.open]).toEqual([0, 0])
})

test.each([
  ['in a head that has begun', ['GET /other HTTP/1.1\r\nX-A: ', events()]],
  [
    'in a body of known length that is answered early',
    [`POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: ${events().length}\r\n\r\n`, events()],
  ],
  [
    'in a chunk of a body',
    [
      'POST /other HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      `${events().length.toString(16)}\r\n`,
      events(),
      '\r\n0\r\n\r\n',
    ],
  ],
])('what looks like a request %s opens no stream', async (_, pieces) => {
  const server = await serve()
  const { socket, said } = await peer(server.url, '')
  socket.setNoDelay(true)
  for (const piece of pieces) {
    socket.write(piece)
    await sleep(30)
  }
  await expect.poll(() => answersIn(said()).answers.map(({ status }) => status)).toEqual([404])
  socket.write(other)
  await expect.poll(() => answersIn(said()).answers.map(({ status }) => status)).toEqual([404, 404])
  expect(server.hub.size).toBe(0)
  expect(server.verdicts).not.toContain('taken')
})

test('what a peer sends behind its request for a stream is not looked at, however it comes', async () => {
  const server = await serve()
  const together = await peer(server.url, events() + other)
  const apart = await peer(server.url, events())
  await expect.poll(apart.said).toContain('event: head')
  apart.socket.write(other)
  await expect.poll(together.said).toContain('event: head')
  server.append()
  for (const { said } of [together, apart]) {
    await expect.poll(said).toContain('event: alert')
    expect(said()).not.toContain('not here')
  }
})

test('a request that waits for admission and is then refused is answered by the app, and so is what came meanwhile', async () => {
  const refusing = Promise.withResolvers<void>()
  const server = await serve({ beforeEvents: () => refusing.promise })
  const { socket, said } = await peer(server.url, events())
  await expect.poll(() => server.verdicts).toEqual(['taken'])
  socket.write(other)
  await sleep(20)
  expect([said(), server.hub.size]).toEqual(['', 0])
  refusing.reject(new Error('no'))
  await expect.poll(said).toContain('event: head')
  expect([server.hub.size, server.admission.open]).toEqual([1, 1])
})

test.each([1, 2, 3])(
  'on a connection that has been answered %i times, a stream that is refused after a wait is answered by the app, once',
  async (earlier) => {
    const refusing = Promise.withResolvers<void>()
    const server = await serve({ beforeEvents: () => refusing.promise })
    const { socket, said } = await peer(server.url, '')
    for (let count = 1; count <= earlier; count += 1) {
      socket.write(other)
      await expect.poll(() => said().split('not here').length).toBe(count + 1)
    }
    socket.write(events())
    await expect.poll(() => server.verdicts.at(-1)).toBe('taken')
    refusing.reject(new Error('no'))
    await expect.poll(said).toContain('event: head')
    expect(said().split('event: head')).toHaveLength(2)
    expect([server.hub.size, server.admission.open]).toEqual([1, 1])
    // Each connection has one listener of a kind, however often Node's parser was detached.
    server.append()
    await expect.poll(said).toContain('event: alert')
    expect(said().split('event: alert')).toHaveLength(2)
  },
)

test('of those who come within a second no more than the limit are taken, also where they wait for their turn', async () => {
  let now = 0
  const server = await serve({ perSecondMax: 1, now: () => now, beforeEvents: async () => {} })
  const first = await peer(server.url, events())
  await expect.poll(first.said).toContain('event: head')
  await peer(server.url, events())
  await expect.poll(() => server.verdicts).toEqual(['taken', 'left'])
  now = 1_000
  const third = await peer(server.url, events())
  await expect.poll(third.said).toContain('event: head')
  expect(server.verdicts).toEqual(['taken', 'left', 'taken'])
})

test.each([1, 2, 3])(
  'of %i arrivals within a second that are refused after a wait, each counts once against the limit of a second',
  async (arrivals) => {
    const refusing = Promise.withResolvers<void>()
    let now = 0
    const server = await serve({ perSecondMax: 4, now: () => now, beforeEvents: () => refusing.promise })
    const peers = []
    for (let count = 1; count <= arrivals; count += 1) {
      peers.push(await peer(server.url, events()))
      await expect.poll(() => server.verdicts).toHaveLength(count)
    }
    refusing.reject(new Error('no'))
    // The app admits them.
    for (const { said } of peers) await expect.poll(said).toContain('event: head')
    for (let count = arrivals; count < 4; count += 1) server.admission.countArrival()
    expect(server.admission.acceptsArrivals).toBe(false)
    const late = await peer(server.url, events())
    await expect.poll(late.said).toMatch(/^HTTP\/1\.1 503 /)
    expect([...server.admission.refusals]).toEqual([['too-many-at-once', 1]])
    now = 1_000
    expect(server.admission.acceptsArrivals).toBe(true)
  },
)

test('a client that disconnects while it waits for admission takes no slot', async () => {
  const waiting = Promise.withResolvers<void>()
  const server = await serve({ beforeEvents: () => waiting.promise })
  const gone = await peer(server.url, events())
  const halfGone = await peer(server.url, events())
  const stays = await peer(server.url, events())
  await expect.poll(() => server.verdicts).toHaveLength(3)
  gone.socket.destroy()
  halfGone.socket.end()
  await halfGone.closed
  waiting.resolve()
  await expect.poll(stays.said).toContain('event: head')
  expect([server.hub.size, server.admission.open]).toEqual([1, 1])
})

test.each(['raw', 'node'] as const)(
  'by %s, a reader who ends its side is ended, and gives its place back',
  async (streamWriter) => {
    const server = await serve({ streamWriter })
    const { socket, said, closed } = await peer(server.url, events())
    await expect.poll(said).toContain('event: head')
    socket.end()
    await closed
    await expect.poll(() => [server.hub.size, server.admission.open]).toEqual([0, 0])
  },
)
