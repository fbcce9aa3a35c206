import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Connections, connectionLimits } from '../../../src/node/server/connections.ts'
import { PeerConnection } from '../../../src/node/server/peer-connection.ts'
import { createHttpServer, listen, serverTimeouts } from '../../../src/node/server/server.ts'
import { cleaning } from '../../support/scratch.ts'
import { answersIn, peerAt, requestText } from '../../support/streams/peers.ts'

const clean = cleaning()
const emptyLines = '\r\n\r\n'.repeat(2_048)

/** A connection whose parser only counts: the first that it is given is the headers of a request with a body. */
function counted(headers: Record<string, string>) {
  const given: number[] = []
  const socket = Object.assign(new EventEmitter(), { destroyed: false, pause: () => {}, resume: () => {} })
  const body = Object.assign(new EventEmitter(), { headers, complete: false, resume: () => {} })
  const incoming = body as unknown as IncomingMessage
  const outgoing = new EventEmitter() as unknown as ServerResponse
  const parse = (chunk: Buffer) => {
    given.push(chunk.length)
    if (given.length === 1) peer.request(incoming, outgoing)
  }
  socket.on('data', parse)
  const deps = {
    limits: connectionLimits,
    now: () => 0,
    fault: () => {},
    handle: async () => {},
    changed: () => {},
    attach: () => {},
    take: () => 'left' as const,
    brokeOff: () => {},
  }
  const peer = new PeerConnection(socket as unknown as Socket, deps, true)
  return { given, receive: (text: string) => peer.receive(Buffer.from(text)), answered: () => peer.answered() }
}

test('a body of nothing but empty lines is given to the parser whole where its length is known', () => {
  const { given, receive } = counted({ 'content-length': '8192' })
  const head = 'POST / HTTP/1.1\r\n\r\n'
  receive(`${head}${emptyLines.slice(0, 5_000)}`)
  // What follows the body is looked at apart.
  receive(`${emptyLines.slice(5_000)}GET / HTTP/1.1\r\n\r\nGET`)
  expect(given.slice(0, 4)).toEqual([head.length, 5_000, 3_192, 18])
})

test('in a body in chunks pieces grow when there are many, and none is lost', () => {
  const { given, receive } = counted({ 'transfer-encoding': 'chunked' })
  receive('POST / HTTP/1.1\r\n\r\n')
  for (let times = 0; times < 4; times += 1) receive(emptyLines)
  expect(given.length).toBeLessThan(120)
  expect(given.slice(1).reduce((sum, length) => sum + length, 0)).toBe(4 * emptyLines.length)
})

test.each([
  ['of a length', { 'content-length': String(4 * emptyLines.length) }, 8],
  ['in chunks', { 'transfer-encoding': 'chunked' }, 120],
])('the rest of a refused body of empty lines, %s, is given to the parser in few pieces', (_, headers, piecesMax) => {
  const { given, receive, answered } = counted(headers)
  receive('POST / HTTP/1.1\r\n\r\n')
  answered()
  for (let times = 0; times < 4; times += 1) receive(emptyLines)
  expect(given.length).toBeLessThan(piecesMax)
  expect(given.slice(1).reduce((sum, length) => sum + length, 0)).toBe(4 * emptyLines.length)
})

test.each([
  ['of a length', [`Content-Length: ${emptyLines.length}`], emptyLines],
  ['of no length', ['Content-Length: 0'], ''],
  ['in one chunk', ['Transfer-Encoding: chunked'], `${emptyLines.length.toString(16)}\r\n${emptyLines}\r\n0\r\n\r\n`],
  ['in chunks of an empty line', ['Transfer-Encoding: chunked'], `${'4\r\n\r\n\r\n\r\n'.repeat(20)}0\r\n\r\n`],
])(
  'requests behind a body of empty lines, %s, are answered in order, with all of the body',
  async (_, headers, body) => {
    const seen: string[] = []
    const connections = new Connections({ ...connectionLimits, lookMs: 20 })
    const fetch = async (request: Request) => {
      const length = request.method === 'POST' ? (await request.text()).length : 0
      seen.push(`${request.method} ${new URL(request.url).pathname} ${length}`)
      return new Response('here')
    }
    const server = createHttpServer(fetch, serverTimeouts, undefined, connections)
    const url = await listen(server, '127.0.0.1', 0)
    clean(() => {
      connections.destroyAll()
      server.close()
    })
    const post = (path: string) => `${requestText(path, ['Host: x', ...headers]).replace('GET', 'POST')}${body}`
    const get = (path: string) => requestText(path, ['Host: x'])
    const peer = await peerAt(url, [post('/1'), get('/2'), post('/3'), get('/4'), get('/5')].join(''))
    clean(() => peer.socket.destroy())
    await expect.poll(() => answersIn(peer.said()).answers.length).toBe(5)
    const length = body === '' ? 0 : body.startsWith('4') ? 80 : emptyLines.length
    expect(seen).toEqual([`POST /1 ${length}`, 'GET /2 0', `POST /3 ${length}`, 'GET /4 0', 'GET /5 0'])
  },
)
