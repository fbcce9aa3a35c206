import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AdaptiveConcurrency, type ResponseSignal } from '../../../src/push/send/adaptive-concurrency.ts'

const nowMs = 1_000_000

/** A concurrency limit after so many good responses. */
function afterGoodResponses(responses = 100): AdaptiveConcurrency {
  const concurrency = new AdaptiveConcurrency()
  for (let nth = 0; nth < responses; nth += 1) concurrency.record('ok', nowMs)
  return concurrency
}

test('callers of high priority come before all others, each priority in its order', async () => {
  const concurrency = new AdaptiveConcurrency()
  const taken = concurrency.limit
  for (let nth = 0; nth < taken; nth += 1) await concurrency.acquire()
  const order: string[] = []
  const waiting = [
    concurrency.acquire().then(() => order.push('first')),
    concurrency.acquire().then(() => order.push('second')),
    concurrency.acquire(true).then(() => order.push('flash')),
    concurrency.acquire(true).then(() => order.push('next flash')),
  ]
  for (let nth = 0; nth < waiting.length; nth += 1) concurrency.release()
  await Promise.all(waiting)
  expect(order).toEqual(['flash', 'next flash', 'first', 'second'])
})

test('each round of good responses raises the limit by one, up to a maximum', () => {
  const concurrency = new AdaptiveConcurrency()
  const { limit } = concurrency
  for (let nth = 0; nth < limit + 1; nth += 1) concurrency.record('ok', nowMs)
  expect(concurrency.limit).toBe(limit + 1)
  for (let nth = 0; nth < 100_000; nth += 1) concurrency.record('ok', nowMs)
  expect(concurrency.limit).toBe(256)
})

test('a throttling response halves the limit, and a burst of them halves it once', () => {
  const concurrency = afterGoodResponses(1_000)
  const { limit } = concurrency
  for (let nth = 0; nth < 3; nth += 1) concurrency.record('throttled', nowMs)
  expect(concurrency.limit).toBe(Math.floor(limit / 2))
  concurrency.record('throttled', nowMs + 1_000)
  expect(concurrency.limit).toBe(Math.floor(limit / 4))
})

test('five of the last hundred may be throttled; at six, requests are paused for as long as the service asked, and the limit is halved', () => {
  const concurrency = afterGoodResponses()
  const { limit } = concurrency
  for (let nth = 0; nth < 5; nth += 1) expect(concurrency.record('throttled', nowMs, 60_000)).toBe(false)
  expect(concurrency.record('throttled', nowMs, 60_000)).toBe(true)
  expect(concurrency.pausedUntilMs).toBe(nowMs + 60_000)
  expect(concurrency.limit).toBe(Math.floor(limit / 2))
})

test.each<ResponseSignal>(['down', 'key'])(
  'a fifth of the last hundred may be %s; beyond that, requests are paused',
  (signal) => {
    const concurrency = afterGoodResponses()
    for (let nth = 0; nth < 20; nth += 1) expect(concurrency.record(signal, nowMs)).toBe(false)
    expect(concurrency.record(signal, nowMs)).toBe(true)
    expect(concurrency.pausedUntilMs).toBeGreaterThan(nowMs)
  },
)

test('requests are not paused before there are twenty responses', () => {
  const concurrency = new AdaptiveConcurrency()
  for (let nth = 0; nth < 19; nth += 1) expect(concurrency.record('down', nowMs)).toBe(false)
  expect(concurrency.record('down', nowMs)).toBe(true)
})

test('after a pause there is one probe at a time; a bad one makes the next pause longer, a good one ends the probing', async () => {
  const concurrency = afterGoodResponses()
  for (let nth = 0; nth < 21; nth += 1) concurrency.record('down', nowMs)
  const firstMs = concurrency.pausedUntilMs - nowMs
  expect(concurrency.limit).toBe(1)
  await concurrency.acquire()
  let entered = false
  void concurrency.acquire().then(() => {
    entered = true
  })
  await Promise.resolve()
  expect(entered).toBe(false)
  const probedMs = concurrency.pausedUntilMs
  expect(concurrency.record('down', probedMs)).toBe(true)
  expect(concurrency.pausedUntilMs - probedMs).toBe(2 * firstMs)
  expect(concurrency.record('ok', concurrency.pausedUntilMs)).toBe(false)
  expect(concurrency.limit).toBe(2)
  expect(concurrency.record('down', concurrency.pausedUntilMs)).toBe(false)
})

test('responses to requests that were sent before the pause do not end the probing', () => {
  const concurrency = afterGoodResponses()
  for (let nth = 0; nth < 21; nth += 1) concurrency.record('down', nowMs)
  for (let nth = 0; nth < 30; nth += 1) concurrency.record(nth % 2 === 0 ? 'ok' : 'down', nowMs + 1)
  expect(concurrency.limit).toBe(1)
  expect(concurrency.record('down', concurrency.pausedUntilMs), 'the probe').toBe(true)
})

test('whatever the responses, the limit is at least one, and a pause that the service did not ask for is five minutes at most', () => {
  const response = fc.record({
    signal: fc.constantFrom<ResponseSignal>('ok', 'throttled', 'down', 'key'),
    afterMs: fc.nat(400_000),
  })
  fc.assert(
    fc.property(fc.array(response, { maxLength: 300 }), (responses) => {
      const concurrency = new AdaptiveConcurrency()
      let ms = nowMs
      for (const { signal, afterMs } of responses) {
        ms += afterMs
        concurrency.record(signal, ms)
        expect(concurrency.limit).toBeGreaterThanOrEqual(1)
        expect(concurrency.pausedUntilMs - ms).toBeLessThanOrEqual(300_000)
      }
    }),
  )
})

test('the room of a service is its free permits and what its pace frees in time, and none until half of that is there', async () => {
  const concurrency = new AdaptiveConcurrency()
  const { limit } = concurrency
  expect(concurrency.room(nowMs, 1_000)).toBe(limit)
  for (let nth = 0; nth < limit / 2; nth += 1) await concurrency.acquire()
  expect(concurrency.room(nowMs, 1_000)).toBe(limit / 2)
  await concurrency.acquire()
  expect(concurrency.room(nowMs, 1_000)).toBe(0)
  // Ten responses within a second: as many permits become free in the next one.
  for (let nth = 0; nth < 10; nth += 1) concurrency.record('ok', nowMs + nth * 100)
  const slower = concurrency.limit + 10 - (limit / 2 + 1)
  expect(concurrency.room(nowMs + 1_000, 1_000)).toBe(slower)
})

test('callers that wait take room, those that have given up do not, and a paused service has none', async () => {
  const concurrency = new AdaptiveConcurrency()
  for (let nth = 0; nth < concurrency.limit; nth += 1) await concurrency.acquire()
  const waiting = [concurrency.acquire(false, 1), concurrency.acquire(false, 1)]
  for (let nth = 0; nth < concurrency.limit; nth += 1) concurrency.release()
  expect(await Promise.all(waiting)).toEqual([true, true])
  expect(concurrency.room(nowMs, 0)).toBe(concurrency.limit - 2)
  for (let nth = 2; nth < concurrency.limit; nth += 1) await concurrency.acquire()
  expect(await concurrency.acquire(false, 1)).toBe(false)
  for (let nth = 0; nth < concurrency.limit; nth += 1) concurrency.release()
  expect(concurrency.room(nowMs, 0)).toBe(concurrency.limit)
  for (let nth = 0; nth < 30; nth += 1) concurrency.record('down', nowMs)
  expect(concurrency.isPaused(nowMs)).toBe(true)
  expect(concurrency.room(nowMs, 1_000)).toBe(0)
})
