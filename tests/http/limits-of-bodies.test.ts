import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { BodyBudget, bodyBudget } from '../../src/http/body-budget.ts'
import { ConcurrencyLimit } from '../../src/push/subscriptions/concurrency-limit.ts'
import { SubscribeLimits } from '../../src/push/subscriptions/subscribe-limits.ts'
import { adminKey, startNode } from '../support/processes/service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { answersIn, peerAt, requestText } from '../support/streams/peers.ts'

const clean = cleaning()
const json = ['Host: x', 'Content-Type: application/json']
const forever = new Promise<never>(() => {})

test('once half is used, no client may have more than an eighth; others are accepted until all is full', async () => {
  const places = new ConcurrencyLimit(16)
  const takes = (name: string, count: number) => {
    const outcomes: string[] = []
    for (let nth = 0; nth < count; nth += 1) void places.run(name, () => forever).then((it) => outcomes.push(it))
    return outcomes
  }
  const greedy = takes('greedy', 20)
  const others = ['a', 'b', 'c', 'd', 'e'].map((name) => takes(name, 3))
  await sleep(0)
  // 8 of 16 are the greedy one's; each other has 2 of the rest, until the last of them find none.
  expect(greedy).toEqual(Array.from({ length: 12 }, () => 'share'))
  expect(others).toEqual([['share'], ['share'], ['share'], ['full'], ['full', 'full', 'full']])
})

test('a place is given back, also by an act that fails', async () => {
  const places = new ConcurrencyLimit(1)
  await expect(places.run('x', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await places.run('x', async () => 'done')).toBe('done')
  expect(await places.run('y', async () => 'done too')).toBe('done too')
})

test('a client that has sent nothing yet keeps nobody from subscribing', async () => {
  const subscribe = async () => ({ id: 'i', token: 't', made: true })
  const subscribing = new SubscribeLimits({ subscribe, perMinute: 0, now: Date.now })
  for (let nth = 0; nth < 5_000; nth += 1) void subscribing.take(`silent ${nth}`, () => forever).catch(() => {})
  const asked = async () => ({ body: new Uint8Array(), audience: undefined, by: null })
  const answer = await Promise.race([subscribing.take('honest', asked).catch((error: unknown) => error), sleep(5_000)])
  expect(answer).toMatchObject({ id: 'i' })
})

test('bodies have a budget together; exactly as much as there is may come', () => {
  const budget = new BodyBudget(100)
  budget.take(60)
  budget.take(40)
  expect(() => budget.take(1)).toThrow(expect.objectContaining({ status: 503, code: 'too-many-bodies' }))
  budget.give(60)
  budget.take(60)
  expect(budget.bytes).toBe(100)
})

test('bodies that are declared and not sent, dripped, chunked without end or broken off hold nobody up and log no error', async () => {
  const service = await startNode(scratchFolder(clean), { PUSH_THREADS: '1' })
  clean(() => service.end('SIGKILL'))
  const post = (path: string, more: string, body = '') =>
    requestText(path, [...json, more, `Authorization: Bearer ${adminKey}`], { method: 'POST', body })
  const quick = (more: string, body = '') => requestText('/v1/subscriptions', [...json, more], { method: 'POST', body })
  const kinds = [
    quick('Content-Length: 60000'),
    quick('Content-Length: 60000', '{'),
    quick('Transfer-Encoding: chunked', '4\r\n{"a"\r\n'),
    quick('Content-Length: 500\r\nExpect: 100-continue'),
    post('/v1/alerts', 'Content-Length: 900', '{"level"'),
    post('/v1/desk/pause', 'Transfer-Encoding: chunked', '1\r\n{\r\n'),
  ]
  const peers = await Promise.all(
    Array.from({ length: 120 }, (_, nth) => peerAt(service.url, kinds[nth % kinds.length])),
  )
  clean(() => {
    for (const { socket } of peers) socket.destroy()
  })
  const drip = setInterval(() => peers[1]?.socket.write(' '), 300)
  clean(() => clearInterval(drip))
  for (const { socket } of peers.slice(60)) socket.resetAndDestroy()
  const honest = await fetch(`${service.url}/v1/subscriptions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  expect(honest.status).toBe(400)
  const statuses = () => peers.slice(0, 60).map(({ said }) => answersIn(said()).answers.at(-1)?.status)
  await expect.poll(() => statuses().filter((it) => it === 408).length, { timeout: 10_000 }).toBe(60)
  const metrics = await (
    await fetch(`${service.url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } })
  ).text()
  expect(Number(/tocsin_peer_faults_total\{kind="broken-body"\} (\d+)/.exec(metrics)?.[1])).toBeGreaterThanOrEqual(50)
  expect(await service.end('SIGTERM')).toBe(0)
  expect(service.error()).not.toMatch(/"level":50/)
  expect(service.error().split('\n').length).toBeLessThan(10)
})

test('the budget of this process is given back', () => {
  expect(bodyBudget.bytes).toBe(0)
})
