import { expect, test } from 'vitest'
import { addedTallies, languagesOf, servicesOf, tallyOf } from '../../../../src/store/postgres/outbox/tally.ts'

/** As a program of an older version stores it. */
const older = { counts: { accepted: 2 }, times: { 1: 2 }, tried: { a: 2 }, gone: {}, failed: {} }

test('a tally of an older version is read and added to, what it does not count as nothing', () => {
  expect(servicesOf(older)).toEqual([{ host: 'a', accepted: 2, gone: 0, failed: 0, waiting: 0 }])
  expect(languagesOf(older, {})).toEqual([])
  expect(languagesOf(older, { en: 5 })).toEqual([{ language: 'en', due: 5, accepted: 0, gone: 0, failed: 0 }])
  const ended = { result: 'gone', host: 'a', language: 'fa', latencyMs: null } as const
  const sum = addedTallies([older, tallyOf([ended], [{ host: 'b', by: 1 }]), older])
  expect(sum.counts).toEqual({ accepted: 4, gone: 1 })
  expect(servicesOf(sum)).toEqual([
    { host: 'a', accepted: 4, gone: 1, failed: 0, waiting: 0 },
    { host: 'b', accepted: 0, gone: 0, failed: 0, waiting: 1 },
  ])
  expect(languagesOf(sum, { en: 5 })).toEqual([
    { language: 'en', due: 5, accepted: 0, gone: 0, failed: 0 },
    { language: 'fa', due: 0, accepted: 0, gone: 1, failed: 0 },
  ])
})

test('what waits is added up over all tallies of an entry, of which one may be below nothing', () => {
  const [more, less] = [{ host: 'a', by: 1 } as const, { host: 'a', by: -1 } as const]
  const sum = addedTallies([tallyOf([], [more, more, more]), tallyOf([], [less, less])])
  expect(servicesOf(sum)).toEqual([{ host: 'a', accepted: 0, gone: 0, failed: 0, waiting: 1 }])
})
