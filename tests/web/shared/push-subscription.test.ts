import 'fake-indexeddb/auto'
import { beforeEach, expect, test, vi } from 'vitest'
import { deleteStored } from '../../../src/web/shared/browser-storage.ts'
import {
  removeSubscription,
  requestTest,
  savedSubscription,
  sendSubscription,
} from '../../../src/web/shared/push-subscription.ts'

type Asked = {
  readonly what: string
  readonly body: { interest?: { languages: string[] } } | null
  readonly answer: (answer: Response) => void
  readonly lose: () => void
}

const asked: Asked[] = []
const dropped: string[] = []

beforeEach(async () => {
  asked.length = 0
  dropped.length = 0
  for (const name of ['subscription', 'subscription-left']) await deleteStored(name)
  vi.stubGlobal('fetch', (path: string, { method = 'GET', body, headers }: RequestInit = {}) => {
    const token = new Headers(headers).get('authorization') ?? ''
    const what = `${method} ${path} ${token}`.trim()
    return new Promise((answer, reject) => {
      const lose = () => reject(new TypeError('network error'))
      asked.push({ what, body: body ? JSON.parse(String(body)) : null, answer, lose })
    })
  })
  return () => vi.unstubAllGlobals()
})

const addressOf = (name: string) => async () => ({
  options: { applicationServerKey: null },
  toJSON: () => ({ endpoint: `https://push.example/${name}` }),
  unsubscribe: async () => {
    dropped.push(name)
    return true
  },
})
const interestFor = (...languages: string[]) => ({ languages, topics: [], level: 'urgent', discreet: false }) as const
const row = (id: string) => Response.json({ id, token: `t-${id}` }, { status: 201 })
const done = () => new Response(null, { status: 204 })

/** The request with this number, once it was made. */
async function request(number: number): Promise<Asked> {
  await expect.poll(() => asked.length).toBeGreaterThanOrEqual(number)
  return asked[number - 1] as Asked
}

async function subscribed(id: string): Promise<void> {
  const sent = sendSubscription(addressOf(id), interestFor('en'))
  const { answer } = await request(1)
  answer(row(id))
  await sent
  asked.length = 0
}

test('a reader who unsubscribes while a visit saves again is unsubscribed, whichever response comes first', async () => {
  await subscribed('a')
  const visit = sendSubscription(addressOf('a'), interestFor('en'))
  const post = await request(1)
  const leaving = removeSubscription()
  const took = await request(2)
  expect(took.what).toBe('DELETE /v1/subscriptions/a Bearer t-a')
  took.answer(done())
  await leaving
  post.answer(row('again'))
  const back = await request(3)
  expect(back.what).toBe('DELETE /v1/subscriptions/again Bearer t-again')
  back.answer(done())
  expect(await visit).toBeNull()
  expect([await savedSubscription(), dropped]).toEqual([null, ['a']])
})

test('unsubscribing waits for no response to a request in progress, which may be lost', async () => {
  await subscribed('a')
  const visit = sendSubscription(addressOf('a'), interestFor('en'))
  const post = await request(1)
  const leaving = removeSubscription()
  const took = await request(2)
  took.answer(done())
  await leaving
  post.lose()
  await expect(visit).rejects.toThrow('network error')
  expect([await savedSubscription(), asked.length]).toEqual([null, 2])
})

test('a reader who unsubscribes while the browser makes a new address keeps none, and no waiting request is sent', async () => {
  await subscribed('a')
  let made = () => {}
  const making = new Promise<void>((resolve) => {
    made = resolve
  })
  const visits = [
    sendSubscription(async () => making.then(addressOf('late')), interestFor('en')),
    sendSubscription(addressOf('waiting'), interestFor('fa')),
  ]
  await new Promise((resolve) => setImmediate(resolve))
  const leaving = removeSubscription()
  const took = await request(1)
  took.answer(done())
  await leaving
  made()
  const post = await request(2)
  post.answer(row('late'))
  const back = await request(3)
  back.answer(done())
  expect(await Promise.all(visits)).toEqual([null, null])
  expect([await savedSubscription(), dropped, asked.length]).toEqual([null, ['late'], 3])
})

test('of three quick changes the server receives the last one last, even after one that was lost', async () => {
  await subscribed('a')
  const changes = ['en', 'fa', 'ps'].map((tag) => sendSubscription(addressOf('a'), interestFor(tag)))
  const outcomes = Promise.allSettled(changes)
  for (const [index, tag] of ['en', 'fa', 'ps'].entries()) {
    const { body, answer, lose } = await request(index + 1)
    expect([body?.interest?.languages, asked.length]).toEqual([[tag], index + 1])
    if (index === 1) lose()
    else answer(row('a'))
  }
  expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await savedSubscription()).toMatchObject({ id: 'a', preferences: { languages: ['ps'] } })
})

test('a reader who has unsubscribed can subscribe again, twice', async () => {
  for (const id of ['a', 'b']) {
    asked.length = 0
    await subscribed(id)
    expect(await savedSubscription()).toMatchObject({ id, token: `t-${id}` })
    const leaving = removeSubscription()
    const took = await request(1)
    took.answer(done())
    await leaving
    expect(await savedSubscription()).toBeNull()
  }
  expect(await requestTest()).toBe('lost')
})

test('a new address is sent before the former one is deleted; that is kept where the new one is refused', async () => {
  await subscribed('a')
  const refused = sendSubscription(addressOf('b'), interestFor('en'))
  const first = await request(1)
  first.answer(new Response(null, { status: 503 }))
  await expect(refused).rejects.toThrow('503')
  expect([asked.length, (await savedSubscription())?.id]).toEqual([1, 'a'])
  const taken = sendSubscription(addressOf('b'), interestFor('en'))
  const second = await request(2)
  second.answer(row('b'))
  const took = await request(3)
  expect(took.what).toBe('DELETE /v1/subscriptions/a Bearer t-a')
  took.lose()
  expect(await taken).toMatchObject({ id: 'b' })
})
