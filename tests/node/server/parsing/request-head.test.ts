import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { headBytesMax, readRequestHead } from '../../../../src/node/server/parsing/request-head.ts'
import { listen } from '../../../../src/node/server/server.ts'
import { runs } from '../../../support/effort.ts'

// Node's own parser is the measure: what is read here it reads alike, and what it refuses is not read here.

type Parsed = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders' | 'httpVersion'>

const server = createServer({ requireHostHeader: false }, (request, response) => {
  const { method, url, headers, rawHeaders, httpVersion } = request
  const parsed: Parsed = { method, url, headers, rawHeaders, httpVersion } as Parsed
  response.setHeader('Connection', 'close').end(JSON.stringify(parsed))
})
server.on('clientError', (_, socket) => socket.destroy())
server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
  const { method, url, headers, rawHeaders, httpVersion } = request
  socket.end(`x\r\n\r\n${JSON.stringify({ method, url, headers, rawHeaders, httpVersion })}`)
})
let port = 0
beforeAll(async () => {
  port = Number(new URL(await listen(server, '127.0.0.1', 0)).port)
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** What Node reads; null: it refuses. */
function readByNode(bytes: Buffer): Promise<Parsed | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      const body = text.slice(text.indexOf('\r\n\r\n') + 4)
      resolve(body.startsWith('{') ? JSON.parse(body) : null)
    })
    socket.end(bytes)
  })
}

function readHere(bytes: Buffer): Parsed | null {
  const head = readRequestHead(bytes, {} as Socket)
  if (head === null) return null
  const { method, url, headers, rawHeaders, httpVersion } = head
  return { method, url, headers: { ...headers }, rawHeaders, httpVersion } as Parsed
}

const mostly = <Value>(usual: fc.Arbitrary<Value>, unusual: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: unusual })
const name = mostly(
  fc.constantFrom(
    'Accept',
    'X-A',
    'Cookie',
    'Connection',
    'Last-Event-ID',
    'x_y',
    'Upgrade',
    'Range',
    "!#$%&'*+-.^_`|~",
  ),
  fc.constantFrom(
    'Host',
    'host',
    'X A',
    '',
    'é',
    '__proto__',
    'Content-Length',
    'Transfer-Encoding',
    'Expect',
    ' folded',
  ),
)
const colon = mostly(fc.constantFrom(': ', ':', ':\t'), fc.constantFrom(' : ', '=', ''))
const value = mostly(
  fc.constantFrom(
    'x',
    'localhost:3000',
    'text/event-stream',
    'keep-alive',
    '',
    ' a \t',
    'a: b',
    '"q"',
    'a\tb',
    'websocket',
  ),
  fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 3 })),
)
const target = mostly(
  fc.oneof(
    fc.constantFrom('/', '/v1/events?languages=fa,en&after=k3.1', '/v1/socket?topics=%D8%A7|x'),
    fc.webPath().map((path) => path || '/'),
  ),
  fc.oneof(
    fc.constantFrom('*', 'x:1', '/a b', '/a#b'),
    fc.string({ maxLength: 8 }).map((text) => `/${text}`),
  ),
)
const line = fc.tuple(name, colon, value).map((parts) => parts.join(''))
const head = fc
  .record({
    method: mostly(fc.constant('GET'), fc.constantFrom('POST', 'get', 'GET ')),
    target,
    version: mostly(fc.constantFrom('1.1', '1.0'), fc.constantFrom('1.2', '2.0', '1.1 ')),
    lines: fc.array(line, { maxLength: 5 }),
    end: mostly(fc.constant('\r\n'), fc.constantFrom('\n', '\r')),
    host: mostly<string[]>(fc.constant(['Host: x']), fc.constant([])),
  })
  .map(({ method, target: path, version, lines, end, host }) =>
    Buffer.from(`${[`${method} ${path} HTTP/${version}`, ...host, ...lines].join(end)}\r\n\r\n`, 'latin1'),
  )

test('what is read without Node’s parser it reads alike, whatever the head', async () => {
  let read = 0
  await fc.assert(
    fc.asyncProperty(head, async (bytes) => {
      const here = readHere(bytes)
      if (here === null) return
      read += 1
      expect(here).toEqual(await readByNode(bytes))
    }),
    { numRuns: runs(600) },
  )
  expect(read).toBeGreaterThan(0)
})

test.each([
  ['more than one head', 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['less than a head', 'GET / HTTP/1.1\r\nHost: x\r\n'],
  ['a body', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
  ['a field twice, in other letters', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 1\r\n\r\n'],
  ['no host', 'GET / HTTP/1.0\r\nX-A: 1\r\n\r\n'],
  ['another method', 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a long head', `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'y'.repeat(headBytesMax)}\r\n\r\n`],
])('%s is left to it', (_, text) => {
  expect(readHere(Buffer.from(text))).toBeNull()
})

test('a head of everything that a browser sends is read', () => {
  const fields = {
    Host: 'alerts.example',
    Connection: 'keep-alive',
    'Cache-Control': 'no-cache',
    'sec-ch-ua': '"Chromium";v="140", "Not=A?Brand";v="24"',
    'User-Agent':
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    Accept: 'text/event-stream',
    Referer: 'https://alerts.example/fa/',
    'Accept-Encoding': 'gzip, deflate, br, zstd',
    'Accept-Language': 'fa,en;q=0.9',
    Cookie: 'a=b; _ga=GA1.2.3',
    'Last-Event-ID': 'k3f9.912',
    'X-Forwarded-For': '192.0.2.1, 198.51.100.7',
  }
  const lines = Object.entries(fields).map(([key, text]) => `${key}: ${text}\r\n`)
  const parsed = readHere(Buffer.from(`GET /v1/events?languages=fa HTTP/1.1\r\n${lines.join('')}\r\n`))
  expect(parsed?.url).toBe('/v1/events?languages=fa')
  expect(parsed?.headers).toEqual(
    Object.fromEntries(Object.entries(fields).map(([key, text]) => [key.toLowerCase(), text])),
  )
})

test.each([
  ['spaces in a value', `b${' '.repeat(8_000)}c`],
  ['tabs in a value', `${'\t'.repeat(8_000)}c\t`],
  ['spaces and letters in turns', 'b '.repeat(4_000)],
])('%s take no longer than other bytes: a thousand such heads are read before the test ends', (_, value) => {
  const head = Buffer.from(`GET /v1/events HTTP/1.1\r\nHost: x\r\nX-A: ${value}\r\n\r\n`)
  for (let time = 0; time < 1_000; time += 1) expect(readHere(head)?.headers['x-a']).toBe(value.trim())
})
