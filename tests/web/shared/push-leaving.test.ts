import 'fake-indexeddb/auto'
import { IDBObjectStore } from 'fake-indexeddb'
import { clear } from 'idb-keyval'
import { beforeEach, expect, test, vi } from 'vitest'
import {
  finishLeaving,
  NotKept,
  Refusal,
  removeSubscription,
  requestTest,
  savedSubscription,
  sendSubscription,
} from '../../../src/web/shared/push-subscription.ts'

/** What the server answers, in turn; undefined: it cannot be reached. */
let answers: (Response | undefined)[] = []
let asked: string[] = []

beforeEach(async () => {
  await clear()
  answers = []
  asked = []
  vi.stubGlobal('caches', { has: async () => false })
  vi.stubGlobal('fetch', async (path: string, { method = 'GET', headers }: RequestInit = {}) => {
    asked.push(`${method} ${path} ${new Headers(headers).get('authorization') ?? ''}`.trim())
    const answer = answers.shift()
    if (answer === undefined) throw new TypeError('network error')
    return answer
  })
  return () => vi.unstubAllGlobals()
})

const address = async () => ({
  options: { applicationServerKey: null },
  toJSON: () => ({ endpoint: 'https://push.example/a' }),
  unsubscribe: async () => true,
})
const wanted = (level: 'flash' | 'urgent') => ({ languages: ['en'], topics: [], level, discreet: false }) as const
const row = (id: string, token = `t-${id}`) => Response.json({ id, token }, { status: 201 })
const done = () => new Response(null, { status: 204 })
const problem = (status: number, code: string) => Response.json({ code }, { status })

async function subscribed(id: string): Promise<void> {
  answers = [row(id)]
  await sendSubscription(address, wanted('urgent'))
  asked = []
}

test.each<[string, Response | undefined]>([
  ['cannot be reached', undefined],
  ['is busy', problem(503, 'busy')],
  ['fails', new Response('<html>', { status: 502 })],
  ['is answered for by a network’s log-in page', new Response('<html>', { status: 200 })],
  ['is answered for by a network that knows no such page', new Response('<html>', { status: 404 })],
])('a server that %s is told of the leaving at a later visit, until it has heard', async (_, answer) => {
  await subscribed('a')
  answers = [answer]
  expect(await removeSubscription()).toBe(false)
  expect(await savedSubscription(), 'this browser has left').toBeNull()
  answers = [undefined]
  expect(await finishLeaving()).toBe(false)
  answers = [done()]
  expect(await finishLeaving()).toBe(true)
  expect(asked).toEqual(Array(3).fill('DELETE /v1/subscriptions/a Bearer t-a'))
  expect(await finishLeaving(), 'and then no more').toBe(true)
  expect(asked).toHaveLength(3)
})

test('what the server has deleted already is left', async () => {
  await subscribed('a')
  answers = [problem(404, 'no-such-subscription')]
  expect(await removeSubscription()).toBe(true)
  expect(await finishLeaving()).toBe(true)
  expect(asked).toHaveLength(1)
})

test('a row that the reader has subscribed to again is not ended by the earlier leaving', async () => {
  await subscribed('a')
  expect(await removeSubscription()).toBe(false)
  answers = [row('a', 'again')]
  await sendSubscription(address, wanted('urgent'))
  asked = []
  expect(await finishLeaving()).toBe(true)
  expect(asked).toEqual([])
  expect(await savedSubscription()).toMatchObject({ id: 'a', token: 'again' })
})

test('a former row that could not be ended at a change of address is ended later', async () => {
  await subscribed('a')
  answers = [row('b'), undefined, done()]
  await sendSubscription(address, wanted('urgent'))
  expect(await finishLeaving()).toBe(true)
  expect(asked.at(-1)).toBe('DELETE /v1/subscriptions/a Bearer t-a')
  expect(await savedSubscription()).toMatchObject({ id: 'b' })
})

test('a change that the server could not be told is what the next visit sends', async () => {
  await subscribed('a')
  await expect(sendSubscription(address, wanted('flash'))).rejects.toThrow('network error')
  expect(await savedSubscription()).toMatchObject({ id: 'a', preferences: { level: 'flash' } })
})

test('a refusal says its status and code', async () => {
  answers = [problem(429, 'too-many-from-here')]
  const refused = await sendSubscription(address, wanted('urgent')).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(Refusal)
  expect(refused).toMatchObject({ status: 429, code: 'too-many-from-here' })
})

test('a browser that keeps nothing leaves no row behind', async () => {
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new Error('the disk is full')
  })
  answers = [row('a'), done()]
  await expect(sendSubscription(address, wanted('urgent'))).rejects.toBeInstanceOf(NotKept)
  expect(asked.at(-1)).toBe('DELETE /v1/subscriptions/a Bearer t-a')
  put.mockRestore()
})

test.each<[string, Response, string]>([
  ['sent', Response.json({ result: 'sent' }), 'sent'],
  ['of a dead address', Response.json({ result: 'gone' }), 'gone'],
  ['that a push service refused', Response.json({ result: 'failed' }), 'failed'],
  ['of a lost subscription', problem(404, 'no-such-subscription'), 'lost'],
  ['too many', problem(429, 'too-many-tests'), 'too-many'],
])('a test %s is told as that', async (_, answer, tested) => {
  await subscribed('a')
  answers = [answer]
  expect(await requestTest()).toBe(tested)
})

test('a test that the service cannot do is a refusal', async () => {
  await subscribed('a')
  answers = [problem(503, 'busy')]
  await expect(requestTest()).rejects.toBeInstanceOf(Refusal)
})
