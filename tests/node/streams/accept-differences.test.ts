import { afterAll, beforeAll, expect, test } from 'vitest'
import { liveServer } from '../../support/streams/live-server.ts'
import { peerAt, requestText } from '../../support/streams/peers.ts'

// The same request, past Node's parser and through it: nobody can tell the difference.

let raw: Awaited<ReturnType<typeof liveServer>>
let plain: Awaited<ReturnType<typeof liveServer>>
beforeAll(async () => {
  raw = await liveServer()
  plain = await liveServer({}, { streamWriter: 'node', socketWriter: 'ws' })
})
afterAll(() => Promise.all([raw.close(), plain.close()]))

/** Lines of a response that say when it was written, and how its body is sent. */
const varying = /^(?:date|connection|keep-alive|transfer-encoding|content-length):/i

/** The head of the response, its fields in the order of their names. `ends`: the peer sends nothing more. */
async function responseOf(url: string, text: string, ends = false): Promise<readonly string[]> {
  const { socket, said, closed } = await peerAt(url, text)
  let isClosed = false
  void closed.then(() => {
    isClosed = true
  })
  if (ends) socket.end()
  await expect.poll(() => isClosed || said().includes('\r\n\r\n')).toBe(true)
  socket.destroy()
  const [head = ''] = said().split('\r\n\r\n')
  const [status = '', ...fields] = head.split('\r\n')
  const lines = fields
    .filter((line) => !varying.test(line))
    .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
  return [status, ...lines.sort()]
}

async function same(text: string, ends = false) {
  const [ours, nodes] = await Promise.all([responseOf(raw.url, text, ends), responseOf(plain.url, text, ends)])
  expect(ours).toEqual(nodes)
  return ours
}

const socketFields = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
]
const both = [
  ['/v1/events?languages=en', []],
  ['/v1/socket?languages=en', socketFields],
] as const
const hosts =
  'x|x:80|X.Example|[::1]:3000|1.2.3.4|x:|a/b|u@h|u:p@h|a\\b|a?b|a#b|%41|a%2fb|a:b|[::1|x:99999||  |a b|0x7f.1|x..y|_x'

test.for(hosts.split('|').flatMap((host) => both.map(([path, fields]) => [host, path, fields] as const)))(
  'the Host “%s” at %s has the same response',
  async ([host, path, fields]) => {
    await same(requestText(path, [`Host: ${host}`, ...fields]))
  },
)

test.for([1, 50, 99, 100, 101, 500, 1_000, 1_100])('%i fields have the same response', async (count) => {
  const more = Array.from({ length: count }, (_, nth) => `a${nth}:1`)
  for (const [path, fields] of both) await same(requestText(path, ['Host: x', ...fields, ...more]))
})

const whole = requestText('/v1/events?languages=en', ['Host: x', 'Accept: text/event-stream'])
test.for([1, 4, 10, 14, 30, whole.length - 3, whole.length - 1])(
  'a peer that ends after %i bytes of a request gets the same response',
  async (length) => {
    const [status] = await same(whole.slice(0, length), true)
    expect(status).toMatch(/^HTTP\/1\.1 400 /)
  },
)

test.for([
  'GET /v1/events HTTP/1.1\nHost: x\n\n',
  'GET  /v1/events HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/events\tHTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/events HTTP/2.0\r\nHost: x\r\n\r\n',
  'GET /v1/events http/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/events/ HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/events? HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/events#a HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/events%3flanguages=en HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/eventsx HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/../v1/events HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET http://x/v1/events HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/events?languages=%zz HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/events?languages=en&languages=fa HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/events HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n',
  'GET /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close, te\r\nTE: trailers\r\n\r\n',
  'GET /v1/events HTTP/1.1\r\nHost: x\r\nconstructor: x\r\n\r\n',
  'GET /v1/events HTTP/1.1\r\nHost: x\r\ntoString: x\r\nhasOwnProperty: y\r\n\r\n',
  'GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n',
  'GET /v1/events HTTP/1.1\r\nHost: x\r\nX: a\r\r\n\r\n',
  'GET /v1/events HTTP/1.1\r\nHost: x\r\nX: a\n\r\n\r\n',
  'GET /v1/events HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n',
  'GET /v1/socket HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/socket HTTP/1.0\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  `GET /v1/socket HTTP/1.1\r\nHost: x\r\n${socketFields.slice(0, 3).join('\r\n')}\r\n\r\n`,
  `GET /v1/socket HTTP/1.1\r\nHost: x\r\n${socketFields.join('\r\n')}\r\nSec-WebSocket-Protocol: graphql-ws\r\n\r\n`,
  `GET /v1/socket HTTP/1.1\r\nHost: x\r\n${socketFields.join('\r\n')}\r\nSec-WebSocket-Protocol: tocsin.v1, other\r\n\r\n`,
  `GET /v1/socket HTTP/1.1\r\nHost: x\r\n${socketFields.join('\r\n')}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`,
  `GET /v1/socket HTTP/1.1\r\nHost: x\r\n${socketFields.join('\r\n').replace('websocket', 'WebSocket, h2c')}\r\n\r\n`,
])('%j has the same response', async (text) => {
  await same(text)
})
