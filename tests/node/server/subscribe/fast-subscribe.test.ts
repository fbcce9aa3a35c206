import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { subscriptionRoutes } from '../../../../src/http/api/subscriptions.ts'
import { createPart } from '../../../../src/http/app.ts'
import { createHttpServer, listen, serverTimeouts } from '../../../../src/node/server/server.ts'
import { fastSubscribe } from '../../../../src/node/server/subscribe/fast-subscribe.ts'
import { pushServiceHosts } from '../../../../src/push/subscriptions/push-services.ts'
import { makeSubscribe } from '../../../../src/push/subscriptions/subscribe.ts'
import {
  type Subscribe,
  SubscribeLimits,
  type SubscribeRequest,
} from '../../../../src/push/subscriptions/subscribe-limits.ts'
import { addressOf, makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import { newsroom, until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const vapid = { keyId: 'k1', publicKey: 'key', older: [], subject: null }
const address = addressOf('https://fcm.googleapis.com/fcm/send/1', makeBrowserKeys())
const { endpoint, p256dh, auth } = address
const good = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }

type Way = {
  /** Sends bytes and gives all that comes back, less the date. */
  readonly ask: (request: string) => Promise<string>
  readonly server: Server
  readonly port: number
  readonly reported: unknown[]
  /** How many were answered without the app. */
  readonly quick: () => number
}

/** The routes behind a server; `quick` before them or not. Subscribing does not keep anything, and gives what it is told. */
async function open(before: 'quick' | 'app', perMinute = 0, given?: Subscribe): Promise<Way> {
  const reported: unknown[] = []
  const keep = async () => ({ id: 'the-id', token: 'the-token', made: true })
  const subscriptions = { put: keep } as never
  const rooms = { newsroom, subscriptions, vapid, pushHosts: pushServiceHosts, now: Date.now }
  const subscribe = given ?? makeSubscribe(rooms)
  const subscribing = new SubscribeLimits({ subscribe, perMinute, now: Date.now })
  const report = (error: unknown, doing: string): void => void reported.push([String(error), doing])
  const editor = { id: 'e', name: 'Ed', role: 'editor', createdAt: '2026-01-01T00:00:00.000Z' } as const
  const editors = { holder: async () => ({ editor, until: null, origin: null, usedOn: null, issuedAt: null }) }
  const deps = { ...rooms, subscribing, editors, report, publicUrl: 'https://alerts.example', addressOf: () => 'a' }
  const app = createPart(deps)
  subscriptionRoutes(app, { ...deps, sendTest: async () => 'sent' })
  const taken = await fastSubscribe({ ...deps, addressOf: () => 'a' })
  let quick = 0
  const server = createHttpServer(
    (request, env) => app.fetch(request, env),
    serverTimeouts,
    (incoming, outgoing) => {
      const taking = before === 'app' ? null : taken(incoming, outgoing)
      if (taking !== null) quick += 1
      return taking
    },
  )
  const port = Number(new URL(await listen(server, '127.0.0.1', 0)).port)
  clean(() => void server.closeAllConnections())
  clean(() => void server.close())
  return { ask: (request) => exchange(port, request), server, port, reported, quick: () => quick }
}

async function exchange(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  socket.write(request, 'latin1')
  await once(socket, 'close')
  return text.replace(/^date: .*\r\n/im, '')
}

/** A request that is the last on its connection. */
function post(body: string, headers: Record<string, string> = {}, path = '/v1/subscriptions'): string {
  const all = {
    Host: 'localhost',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${Buffer.from(body).toString('latin1')}`
}

const text = JSON.stringify(good)

test.each<[string, 'quick' | 'app', string]>([
  ['what a browser sends', 'quick', post(text)],
  ['with a charset', 'quick', post(text, { 'Content-Type': 'application/json; charset=utf-8', Origin: 'https://x' })],
  ['no JSON', 'quick', post('{')],
  ['bytes that are no UTF-8', 'quick', post(text).replace('"en"', '"\xffn"')],
  ['nothing', 'quick', post('')],
  ['mistakes', 'quick', post(JSON.stringify({ ...good, interest: { languages: ['xx'] }, more: 1 }))],
  ['the test audience, from a reader', 'quick', post(JSON.stringify({ ...good, audience: 'test' }))],
  [
    'the test audience, from an editor',
    'app',
    post(JSON.stringify({ ...good, audience: 'test' }), { Authorization: 'Bearer k' }),
  ],
  ['a cookie', 'app', post(text, { Cookie: 'tocsin-desk=x' })],
  ['a query', 'app', post(text, {}, '/v1/subscriptions?audience=test')],
  ['another type', 'app', post(text, { 'Content-Type': 'text/plain' })],
  ['two types', 'app', post(text, { 'CONTENT-TYPE': 'text/plain' })],
  ['one type twice', 'app', post(text, { 'CONTENT-TYPE': 'application/json' })],
  ['a type whose name is none', 'app', post(text, { 'content-type ': 'x' })],
  ['no type', 'app', post(text).replace('Content-Type', 'X-Type')],
  ['too much', 'app', post('x'.repeat(70_000))],
  [
    'a length that is not told',
    'app',
    post('', { 'Transfer-Encoding': 'chunked' }).replace(/Content-Length: 0\r\n/, '') +
      `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
  ],
  ['an odd host', 'app', post(text, { Host: 'a b' })],
  ['another path', 'app', post(text, {}, '/v1/subscriptions/')],
])('%s: answered to the byte as the app answers', async (_, by, request) => {
  const [quick, app] = [await open('quick'), await open('app')]
  const answer = await quick.ask(request)
  expect(answer).toBe(await app.ask(request))
  expect(answer).toMatch(/^HTTP\/1.1 \d{3}/)
  expect(quick.quick()).toBe(by === 'quick' ? 1 : 0)
})

test('the limit by address is one for both ways', async () => {
  const way = await open('quick', 2)
  const wanted = [post(text), post(text, { Cookie: 'x=y' }), post(text)]
  const statuses = []
  for (const request of wanted) statuses.push((await way.ask(request)).slice(9, 12))
  expect(statuses).toEqual(['201', '201', '429'])
  expect(await way.ask(post(text))).toMatch(/retry-after: \d+\r\n/i)
})

test('an internal error is logged for the operator; the reader gets the app’s usual answer without it', async () => {
  const broken = async () => {
    throw new Error('a secret')
  }
  const [quick, app] = [await open('quick', 0, broken), await open('app', 0, broken)]
  const answer = await quick.ask(post(text))
  expect(answer).toBe(await app.ask(post(text)))
  expect(answer).toMatch(/^HTTP\/1.1 500/)
  expect(answer).not.toContain('secret')
  expect(quick.reported).toEqual([['Error: a secret', 'POST /v1/subscriptions']])
  expect(quick.reported).toEqual(app.reported)
})

test('a body that comes in pieces is taken whole, and one connection asks again and again', async () => {
  const bodies: string[] = []
  const keep = async ({ body }: SubscribeRequest) => {
    bodies.push(Buffer.from(body).toString())
    return { id: 'the-id', token: 'the-token', made: false }
  }
  const { port } = await open('quick', 0, keep)
  const socket = connect(port, '127.0.0.1')
  clean(() => void socket.destroy())
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk
  })
  const request = post(text, { Connection: 'keep-alive' })
  for (let nth = 1; nth <= 3; nth += 1) {
    for (let at = 0; at < request.length; at += 150) {
      socket.write(request.slice(at, at + 150))
      await sleep(2)
    }
    await until(async () => heard.split('HTTP/1.1 200').length === nth + 1)
  }
  expect(bodies).toEqual([text, text, text])
})

test('a client that disconnects in the middle of a body frees its slot, and no error is reported', async () => {
  const way = await open('quick')
  const half = post(text).slice(0, -20)
  for (let nth = 0; nth < 1_100; nth += 100)
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = connect(way.port, '127.0.0.1')
        socket.on('error', () => {})
        socket.write(half)
        await until(async () => way.quick() > nth)
        socket.destroy()
      }),
    )
  await until(async () => (await way.ask(post(text))).startsWith('HTTP/1.1 201'))
  expect(way.reported).toEqual([])
})
