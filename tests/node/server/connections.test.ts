import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type ConnectionLimits, Connections, type FileDescriptorBudget } from '../../../src/node/server/connections.ts'
import { createHttpServer, type Fetch, listen, serverTimeouts } from '../../../src/node/server/server.ts'
import type { FastHandler } from '../../../src/node/server/subscribe/fast-subscribe.ts'
import { cleaning } from '../../support/scratch.ts'
import { answersIn, peerAt, requestText } from '../../support/streams/peers.ts'

const clean = cleaning()
const hurried = { endMs: 100, waitMs: 400, takeMs: 300, rateFromMs: 60_000, lookMs: 20 }

async function serve(
  limits: Partial<ConnectionLimits> = {},
  fetch: Fetch = () => new Response('here'),
  files?: FileDescriptorBudget,
) {
  const connections = new Connections({ ...hurried, ...limits }, undefined, files)
  const server = createHttpServer(fetch, serverTimeouts, undefined, connections)
  const url = await listen(server, '127.0.0.1', 0)
  clean(() => {
    connections.destroyAll()
    server.close()
  })
  const count = (kind: Parameters<typeof connections.faults.counts.get>[0]) => connections.faults.counts.get(kind) ?? 0
  return { url, connections, server, count }
}

async function peer(...asked: Parameters<typeof peerAt>) {
  const it = await peerAt(...asked)
  clean(() => it.socket.destroy())
  return it
}

const get = (target = '/', ...more: string[]) => requestText(target, ['Host: x', ...more])

test.each([
  ['asks to close', get('/', 'Connection: close')],
  ['speaks HTTP/1.0', requestText('/', [], { version: '1.0' })],
  ['says nothing that is HTTP', 'HELLO\r\n\r\n'],
  ['speaks TLS', Buffer.from('16030100a5010000a10303', 'hex')],
  ['sends headers without end', get('/', `X-Long: ${'y'.repeat(20_000)}`)],
  ['sends two lengths', get('/', 'Content-Length: 1', 'Content-Length: 2')],
  ['sends a chunk that is none', `${get('/', 'Transfer-Encoding: chunked').replace('GET', 'POST')}zz\r\n`],
  ['asks for a tunnel', requestText('x:443', ['Host: x'], { method: 'CONNECT' })],
  ['names no host', requestText('/', [])],
  ['expects the impossible', get('/', 'Expect: miracles')],
])('a peer who %s and then stays half open is closed soon after its answer', async (_, text) => {
  const { url, connections } = await serve()
  const { said } = await peer(url, text)
  await expect.poll(said).toMatch(/^HTTP/)
  await expect.poll(() => connections.size).toBe(0)
  expect(said()).toMatch(/^HTTP\/1\.1 \d{3} /)
})

test.each<[string, (outgoing: ServerResponse) => Promise<void>]>([
  ['before a word of its answer', () => Promise.reject(new Error('broken'))],
  [
    'at once',
    () => {
      throw new Error('broken')
    },
  ],
  [
    'in the middle of its answer',
    async (outgoing) => {
      outgoing.writeHead(200).write('x')
      throw new Error('broken')
    },
  ],
  ['with what is no error', () => Promise.reject(null)],
])('trouble in answering %s ends that connection alone, and is told', async (_, break_) => {
  const told: [unknown, string][] = []
  const connections = new Connections(hurried, undefined, null, (...it) => void told.push(it))
  const broken: FastHandler = ({ url }, outgoing) => (url === '/broken' ? break_(outgoing) : null)
  const server = createHttpServer(() => new Response('here'), serverTimeouts, broken, connections)
  const url = await listen(server, '127.0.0.1', 0)
  clean(() => server.close())
  const other = await peer(url, get())
  const it = await peer(url, get('/broken').repeat(2), { halfOpen: false })
  await it.closed
  expect(told).toHaveLength(1)
  expect(told[0]?.[1]).toBe('answering a request')
  other.socket.write(get())
  await expect.poll(() => answersIn(other.said()).answers.map(({ status }) => status)).toEqual([200, 200])
  expect((await fetch(url)).status).toBe(200)
})

test.each([
  ['before its first request', []],
  ['at once', ['/first']],
  ['again and again', ['/first', '/second', '/third']],
])(
  "Node's parser is attached once where it cannot be taken over, also to a peer who waits %s: each request is answered once",
  async (_, targets) => {
    const asked: string[] = []
    const connections = new Connections({ lookMs: 20 })
    const answer = ({ url }: Request) => {
      asked.push(new URL(url).pathname)
      return new Response('here')
    }
    const server = createHttpServer(answer, serverTimeouts, undefined, connections)
    // A second reader of the bytes, because of which our code leaves the socket to Node's parser.
    server.on('connection', (socket) => socket.on('data', () => {}))
    expect(connections.askFirst(() => 'left')).toBe(true)
    const url = await listen(server, '127.0.0.1', 0)
    clean(() => {
      connections.destroyAll()
      server.close()
    })
    const { socket, said } = await peer(url)
    for (const [nth, target] of targets.entries()) {
      socket.write(get(target))
      await expect.poll(() => answersIn(said()).answers.length).toBe(nth + 1)
    }
    // After a second without a complete request the parser is attached to connections that have none.
    await sleep(1_200)
    socket.write(get('/last'))
    await expect.poll(() => answersIn(said()).answers.length).toBe(targets.length + 1)
    expect(asked).toEqual([...targets, '/last'])
  },
)

test('a peer who is silent for more than a second and then asks is answered once, and so is one who asks in pieces', async () => {
  const asked: string[] = []
  const { url, connections } = await serve({ waitMs: 10_000 }, ({ url: target }) => {
    asked.push(new URL(target).pathname)
    return new Response('here')
  })
  expect(connections.askFirst(() => 'incomplete')).toBe(true)
  const silent = await peer(url)
  const slow = await peer(url)
  for (const piece of ['GET ', '/slow ', 'HTTP/1.1\r\n', 'Host: x']) {
    slow.socket.write(piece)
    await sleep(400)
  }
  silent.socket.write(get('/silent'))
  slow.socket.write('\r\n\r\n')
  for (const { said } of [silent, slow]) await expect.poll(() => answersIn(said()).answers.length).toBe(1)
  expect(asked.toSorted()).toEqual(['/silent', '/slow'])
})

test('bytes of a quick answer that are not taken count at once', async () => {
  const body = Buffer.alloc(40_000_000)
  const quick: FastHandler = async (_, outgoing) => void outgoing.end(body)
  const connections = new Connections({ ...hurried, takeMs: 60_000, lookMs: 60_000 })
  const server = createHttpServer(() => new Response('here'), serverTimeouts, quick, connections)
  const url = await listen(server, '127.0.0.1', 0)
  clean(() => {
    connections.destroyAll()
    server.close()
  })
  await peer(url, get(), { reads: false })
  // The clock that looks by itself is a minute away.
  await expect.poll(() => connections.unread).toBeGreaterThan(10_000_000)
})

test('a peer who says nothing, and one who says only empty lines, are closed in time', async () => {
  const { url, connections, count } = await serve()
  const silent = await peer(url, '', { halfOpen: false })
  const empty = await peer(url, get(), { halfOpen: false })
  const drops = setInterval(() => empty.socket.write('\r\n'), 50)
  clean(() => clearInterval(drops))
  await Promise.all([silent.closed, empty.closed])
  await expect.poll(() => connections.size).toBe(0)
  expect(count('late-request')).toBe(2)
})

test('requests sent ahead are answered in order, one at a time, whatever bytes they come in', async () => {
  let atOnce = 0
  let most = 0
  const { url } = await serve({}, async (request) => {
    atOnce += 1
    most = Math.max(most, atOnce)
    const body = await request.text()
    await sleep(1)
    atOnce -= 1
    return new Response(`${new URL(request.url).pathname} ${body}`)
  })
  const posted = requestText('/p', ['Host: x', 'Content-Length: 9'], { method: 'POST', body: 'a\r\n\r\nb\r\n!' })
  const chunked = `${requestText('/c', ['Host: x', 'Transfer-Encoding: chunked'], { method: 'POST' })}3\r\nabc\r\n0\r\n\r\n`
  const texts = Array.from({ length: 40 }, (_, nth) => [get(`/${nth}`), posted, chunked][nth % 3] ?? '')
  const expected = texts.map((_, nth) => [`/${nth} `, '/p a\r\n\r\nb\r\n!', '/c abc'][nth % 3])
  const all = texts.join('')
  for (const size of [all.length, 1_000, 37, 7]) {
    const it = await peer(url)
    for (let at = 0; at < all.length; at += size) {
      it.socket.write(all.slice(at, at + size))
      if (size < 100) await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => answersIn(it.said()).answers.length, { timeout: 10_000 }).toBe(texts.length)
    expect(answersIn(it.said()).answers.map(({ body }) => body)).toEqual(expected)
    it.socket.destroy()
  }
  expect(most).toBe(1)
})

test('what is asked ahead of an answer that is not taken is not answered', async () => {
  let asked = 0
  const large = 'x'.repeat(8_000_000)
  const { url, connections, count } = await serve({ takeMs: 600 }, () => {
    asked += 1
    return new Response(large)
  })
  const it = await peer(url, get().repeat(900), { reads: false })
  await expect.poll(() => connections.unread).toBeGreaterThan(1_000_000)
  expect(asked).toBeLessThanOrEqual(2)
  expect(connections.unread).toBeLessThan(2 * large.length)
  // It ends all the same, though it is neither read nor closed.
  await expect.poll(() => connections.size).toBe(0)
  expect(count('untaken-answer')).toBe(1)
  expect(asked).toBeLessThanOrEqual(2)
  it.socket.destroy()
})

test('an answer that is taken slowly, but is taken, is not cut', async () => {
  const large = 'y'.repeat(8_000_000)
  const { url, count } = await serve({ takeMs: 1_500 }, () => new Response(large))
  const it = await peer(url, get('/', 'Connection: close'), { halfOpen: false, reads: false })
  let taken = 0
  it.socket.on('data', (chunk: Buffer) => {
    taken += chunk.length
    it.socket.pause()
  })
  const drops = setInterval(() => it.socket.resume(), 25)
  clean(() => clearInterval(drops))
  await it.closed
  expect(taken).toBeGreaterThan(large.length)
  expect(count('untaken-answer')).toBe(0)
})

test('a peer who has ended their side still takes their answer, at their pace', async () => {
  const large = 'y'.repeat(8_000_000)
  const { url, connections } = await serve({ takeMs: 5_000 }, () => new Response(large))
  const it = await peer(url, get(), { reads: false })
  let taken = 0
  it.socket.on('data', (chunk: Buffer) => {
    taken += chunk.length
    it.socket.pause()
  })
  await expect.poll(() => taken).toBeGreaterThan(0)
  it.socket.end()
  const drops = setInterval(() => it.socket.resume(), 10)
  clean(() => clearInterval(drops))
  await expect.poll(() => connections.size).toBe(0)
  await expect.poll(() => taken).toBeGreaterThan(large.length)
})

test('an answer that is taken a little now and then falls below the least rate', async () => {
  const limits = { takeMs: 60_000, rateFromMs: 300, bytesPerSecondMin: 1_000_000_000 }
  const { url, count } = await serve(limits, () => new Response('z'.repeat(30_000_000)))
  const it = await peer(url, get(), { reads: false })
  await expect.poll(() => count('untaken-answer')).toBe(1)
  it.socket.destroy()
})

test('all answers that are not taken have one bound together: the oldest make room', async () => {
  const large = 'x'.repeat(8_000_000)
  const limits = { takeMs: 60_000, unreadBytesMax: 12_000_000 }
  const { url, connections, count } = await serve(limits, () => new Response(large))
  const peers = [await peer(url, get(), { reads: false })]
  for (let nth = 1; nth < 6; nth += 1) peers.push(await peer(url, get(), { reads: false }))
  await expect.poll(() => count('untaken-answer')).toBeGreaterThan(2)
  await sleep(100)
  expect(connections.unread).toBeLessThanOrEqual(12_000_000)
  const last = await fetch(url)
  expect((await last.text()).length).toBe(large.length)
})

test('when there are as many connections as there may be, the one that has waited longest makes room', async () => {
  const { url, connections, count } = await serve({ connectionsMax: 20, waitMs: 60_000 })
  const silent: Awaited<ReturnType<typeof peer>>[] = []
  for (let nth = 0; nth < 60; nth += 1) {
    silent.push(await peer(url, '', { halfOpen: false }))
    expect((await fetch(url, { headers: { connection: 'close' } })).status).toBe(200)
    expect(connections.size).toBeLessThanOrEqual(20)
  }
  expect(count('displaced')).toBeGreaterThanOrEqual(40)
  await expect.poll(() => silent[0]?.isOpen()).toBe(false)
  expect(silent.at(-1)?.isOpen()).toBe(true)
  expect(silent.slice(0, 30).some((it) => it.isOpen())).toBe(false)
})

test('connections are no more than the files allow, at the moment they come and after the service itself opened some', async () => {
  const looked: number[] = []
  const files = { connectionsMax: 9, look: (connections: number) => void looked.push(connections) }
  const { url, connections, count } = await serve({ waitMs: 60_000 }, undefined, files)
  const silent: Awaited<ReturnType<typeof peer>>[] = []
  for (let nth = 0; nth < 12; nth += 1) {
    silent.push(await peer(url, '', { halfOpen: false }))
    await expect.poll(() => connections.size + count('displaced')).toBe(nth + 1)
    expect(connections.size).toBeLessThanOrEqual(9)
  }
  expect(count('displaced')).toBe(3)
  await expect.poll(() => looked.at(-1)).toBe(9)
  files.connectionsMax = 4
  await expect.poll(() => connections.size).toBe(4)
  expect(count('displaced')).toBe(8)
  await expect.poll(() => silent.map((it) => it.isOpen())).toEqual(Array.from({ length: 12 }, (_, nth) => nth >= 8))
  files.connectionsMax = 2
  expect((await fetch(url)).status).toBe(200)
})

test('a server that stops ends every connection, those after their end and the silent ones too', async () => {
  const { url, connections, server } = await serve({ endMs: 60_000, waitMs: 60_000, takeMs: 60_000 })
  await peer(url)
  await peer(url, get('/', 'Connection: close'))
  await peer(url, requestText('/', ['Host: x', 'Content-Length: 5'], { method: 'POST', body: 'ab' }))
  await expect.poll(() => connections.size).toBeGreaterThanOrEqual(2)
  const closed = new Promise((resolve) => server.close(resolve))
  connections.destroyAll()
  await closed
  await expect.poll(() => connections.size).toBe(0)
})
