import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AdaptiveConcurrency, type Note } from '../../../src/push/send/adaptive-concurrency.ts'

const nowMs = 1_000_000

/** A pace that has heard so many good answers. */
function seasoned(answers = 100): AdaptiveConcurrency {
  const pace = new AdaptiveConcurrency()
  for (let nth = 0; nth < answers; nth += 1) pace.note('ok', nowMs)
  return pace
}

test('who is pressing goes before all who wait, and each in their order', async () => {
  const pace = new AdaptiveConcurrency()
  const taken = pace.limit
  for (let nth = 0; nth < taken; nth += 1) await pace.enter()
  const order: string[] = []
  const waiting = [
    pace.enter().then(() => order.push('first')),
    pace.enter().then(() => order.push('second')),
    pace.enter(true).then(() => order.push('flash')),
    pace.enter(true).then(() => order.push('next flash')),
  ]
  for (let nth = 0; nth < waiting.length; nth += 1) pace.leave()
  await Promise.all(waiting)
  expect(order).toEqual(['flash', 'next flash', 'first', 'second'])
})

test('good answers let one more request go at once for each round of them, up to a most', () => {
  const pace = new AdaptiveConcurrency()
  const { limit } = pace
  for (let nth = 0; nth < limit + 1; nth += 1) pace.note('ok', nowMs)
  expect(pace.limit).toBe(limit + 1)
  for (let nth = 0; nth < 100_000; nth += 1) pace.note('ok', nowMs)
  expect(pace.limit).toBe(256)
})

test('asked to slow down, it halves what goes at once, and once only for a burst of such answers', () => {
  const pace = seasoned(1_000)
  const { limit } = pace
  for (let nth = 0; nth < 3; nth += 1) pace.note('throttled', nowMs)
  expect(pace.limit).toBe(Math.floor(limit / 2))
  pace.note('throttled', nowMs + 1_000)
  expect(pace.limit).toBe(Math.floor(limit / 4))
})

test('five of the last hundred may be throttled; at six the service rests as long as it asked, then goes on at half', () => {
  const pace = seasoned()
  const { limit } = pace
  for (let nth = 0; nth < 5; nth += 1) expect(pace.note('throttled', nowMs, 60_000)).toBe(false)
  expect(pace.note('throttled', nowMs, 60_000)).toBe(true)
  expect(pace.pausedUntilMs).toBe(nowMs + 60_000)
  expect(pace.limit).toBe(Math.floor(limit / 2))
})

test.each<Note>(['down', 'key'])('a fifth of the last hundred may be %s; beyond that the service rests', (what) => {
  const pace = seasoned()
  for (let nth = 0; nth < 20; nth += 1) expect(pace.note(what, nowMs)).toBe(false)
  expect(pace.note(what, nowMs)).toBe(true)
  expect(pace.pausedUntilMs).toBeGreaterThan(nowMs)
})

test('a service that was asked less than twenty times is not judged', () => {
  const pace = new AdaptiveConcurrency()
  for (let nth = 0; nth < 19; nth += 1) expect(pace.note('down', nowMs)).toBe(false)
  expect(pace.note('down', nowMs)).toBe(true)
})

test('after a rest there is one probe at a time; a bad one makes the next rest longer, a good one ends it', async () => {
  const pace = seasoned()
  for (let nth = 0; nth < 21; nth += 1) pace.note('down', nowMs)
  const firstMs = pace.pausedUntilMs - nowMs
  expect(pace.limit).toBe(1)
  await pace.enter()
  let entered = false
  void pace.enter().then(() => {
    entered = true
  })
  await Promise.resolve()
  expect(entered).toBe(false)
  const probedMs = pace.pausedUntilMs
  expect(pace.note('down', probedMs)).toBe(true)
  expect(pace.pausedUntilMs - probedMs).toBe(2 * firstMs)
  expect(pace.note('ok', pace.pausedUntilMs)).toBe(false)
  expect(pace.limit).toBe(2)
  expect(pace.note('down', pace.pausedUntilMs)).toBe(false)
})

test('answers to what was under way when the rest began do not end the probing', () => {
  const pace = seasoned()
  for (let nth = 0; nth < 21; nth += 1) pace.note('down', nowMs)
  for (let nth = 0; nth < 30; nth += 1) pace.note(nth % 2 === 0 ? 'ok' : 'down', nowMs + 1)
  expect(pace.limit).toBe(1)
  expect(pace.note('down', pace.pausedUntilMs), 'the probe').toBe(true)
})

test('whatever is answered, at least one request may go, and no rest of its own making is longer than five minutes', () => {
  const note = fc.record({
    what: fc.constantFrom<Note>('ok', 'throttled', 'down', 'key'),
    afterMs: fc.nat(400_000),
  })
  fc.assert(
    fc.property(fc.array(note, { maxLength: 300 }), (notes) => {
      const pace = new AdaptiveConcurrency()
      let ms = nowMs
      for (const { what, afterMs } of notes) {
        ms += afterMs
        pace.note(what, ms)
        expect(pace.limit).toBeGreaterThanOrEqual(1)
        expect(pace.pausedUntilMs - ms).toBeLessThanOrEqual(300_000)
      }
    }),
  )
})
