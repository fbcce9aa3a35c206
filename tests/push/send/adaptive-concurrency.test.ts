import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AdaptiveConcurrency, type Note } from '../../../src/push/send/adaptive-concurrency.ts'

const nowMs = 1_000_000

/** A concurrency that has heard so many good answers. */
function seasoned(answers = 100): AdaptiveConcurrency {
  const concurrency = new AdaptiveConcurrency()
  for (let nth = 0; nth < answers; nth += 1) concurrency.note('ok', nowMs)
  return concurrency
}

test('who is pressing goes before all who wait, and each in their order', async () => {
  const concurrency = new AdaptiveConcurrency()
  const taken = concurrency.limit
  for (let nth = 0; nth < taken; nth += 1) await concurrency.enter()
  const order: string[] = []
  const waiting = [
    concurrency.enter().then(() => order.push('first')),
    concurrency.enter().then(() => order.push('second')),
    concurrency.enter(true).then(() => order.push('flash')),
    concurrency.enter(true).then(() => order.push('next flash')),
  ]
  for (let nth = 0; nth < waiting.length; nth += 1) concurrency.leave()
  await Promise.all(waiting)
  expect(order).toEqual(['flash', 'next flash', 'first', 'second'])
})

test('good answers let one more request go at once for each round of them, up to a most', () => {
  const concurrency = new AdaptiveConcurrency()
  const { limit } = concurrency
  for (let nth = 0; nth < limit + 1; nth += 1) concurrency.note('ok', nowMs)
  expect(concurrency.limit).toBe(limit + 1)
  for (let nth = 0; nth < 100_000; nth += 1) concurrency.note('ok', nowMs)
  expect(concurrency.limit).toBe(256)
})

test('asked to slow down, it halves what goes at once, and once only for a burst of such answers', () => {
  const concurrency = seasoned(1_000)
  const { limit } = concurrency
  for (let nth = 0; nth < 3; nth += 1) concurrency.note('throttled', nowMs)
  expect(concurrency.limit).toBe(Math.floor(limit / 2))
  concurrency.note('throttled', nowMs + 1_000)
  expect(concurrency.limit).toBe(Math.floor(limit / 4))
})

test('five of the last hundred may be throttled; at six the service rests as long as it asked, then goes on at half', () => {
  const concurrency = seasoned()
  const { limit } = concurrency
  for (let nth = 0; nth < 5; nth += 1) expect(concurrency.note('throttled', nowMs, 60_000)).toBe(false)
  expect(concurrency.note('throttled', nowMs, 60_000)).toBe(true)
  expect(concurrency.pausedUntilMs).toBe(nowMs + 60_000)
  expect(concurrency.limit).toBe(Math.floor(limit / 2))
})

test.each<Note>(['down', 'key'])('a fifth of the last hundred may be %s; beyond that the service rests', (what) => {
  const concurrency = seasoned()
  for (let nth = 0; nth < 20; nth += 1) expect(concurrency.note(what, nowMs)).toBe(false)
  expect(concurrency.note(what, nowMs)).toBe(true)
  expect(concurrency.pausedUntilMs).toBeGreaterThan(nowMs)
})

test('a service that was asked less than twenty times is not judged', () => {
  const concurrency = new AdaptiveConcurrency()
  for (let nth = 0; nth < 19; nth += 1) expect(concurrency.note('down', nowMs)).toBe(false)
  expect(concurrency.note('down', nowMs)).toBe(true)
})

test('after a rest there is one probe at a time; a bad one makes the next rest longer, a good one ends it', async () => {
  const concurrency = seasoned()
  for (let nth = 0; nth < 21; nth += 1) concurrency.note('down', nowMs)
  const firstMs = concurrency.pausedUntilMs - nowMs
  expect(concurrency.limit).toBe(1)
  await concurrency.enter()
  let entered = false
  void concurrency.enter().then(() => {
    entered = true
  })
  await Promise.resolve()
  expect(entered).toBe(false)
  const probedMs = concurrency.pausedUntilMs
  expect(concurrency.note('down', probedMs)).toBe(true)
  expect(concurrency.pausedUntilMs - probedMs).toBe(2 * firstMs)
  expect(concurrency.note('ok', concurrency.pausedUntilMs)).toBe(false)
  expect(concurrency.limit).toBe(2)
  expect(concurrency.note('down', concurrency.pausedUntilMs)).toBe(false)
})

test('answers to what was under way when the rest began do not end the probing', () => {
  const concurrency = seasoned()
  for (let nth = 0; nth < 21; nth += 1) concurrency.note('down', nowMs)
  for (let nth = 0; nth < 30; nth += 1) concurrency.note(nth % 2 === 0 ? 'ok' : 'down', nowMs + 1)
  expect(concurrency.limit).toBe(1)
  expect(concurrency.note('down', concurrency.pausedUntilMs), 'the probe').toBe(true)
})

test('whatever is answered, at least one request may go, and no rest of its own making is longer than five minutes', () => {
  const note = fc.record({
    what: fc.constantFrom<Note>('ok', 'throttled', 'down', 'key'),
    afterMs: fc.nat(400_000),
  })
  fc.assert(
    fc.property(fc.array(note, { maxLength: 300 }), (notes) => {
      const concurrency = new AdaptiveConcurrency()
      let ms = nowMs
      for (const { what, afterMs } of notes) {
        ms += afterMs
        concurrency.note(what, ms)
        expect(concurrency.limit).toBeGreaterThanOrEqual(1)
        expect(concurrency.pausedUntilMs - ms).toBeLessThanOrEqual(300_000)
      }
    }),
  )
})
