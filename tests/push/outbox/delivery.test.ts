import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type DeliveryCounts,
  type DeliveryPart,
  deliveryOf,
  joinedDeliveries,
} from '../../../src/push/outbox/delivery.ts'
import { bucketOf } from '../../../src/push/outbox/latency-buckets.ts'
import {
  deliveryCountsOf,
  noDetails,
  type RunDetails,
  type RunProgress,
} from '../../../src/push/outbox/run-progress.ts'

const counted = (more: Partial<DeliveryCounts> = {}): DeliveryCounts => ({
  seq: 1,
  due: 10,
  accepted: 4,
  gone: 1,
  failed: 1,
  waiting: 3,
  stopped: 1,
  startedAt: '2026-03-01T12:00:01.000Z',
  finishedAt: '2026-03-01T12:00:09.000Z',
  times: [],
  services: [],
  languages: [],
  ...more,
})

const part = (...counts: DeliveryCounts[]): DeliveryPart => ({ opened: 2, counts })

const timesOf = (durations: readonly number[]) => {
  const counts = new Map<number, number>()
  for (const ms of durations) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1)
  return [...counts].map(([bucket, count]) => ({ bucket, count })).sort((a, b) => a.bucket - b.bucket)
}

test('counts are added per change, in the order of the changes', () => {
  const joined = joinedDeliveries([part(counted({ seq: 1 }), counted({ seq: 2 })), part(counted({ seq: 2 })), part()])
  expect(joined.map(({ seq }) => seq)).toEqual([1, 2])
  expect(joined[1]).toMatchObject({ due: 20, accepted: 8, gone: 2, failed: 2, waiting: 6, stopped: 2 })
})

test('a joined delivery starts when the first starts, and is finished when all are', () => {
  const late = { startedAt: '2026-03-01T12:00:05.000Z', finishedAt: '2026-03-01T12:01:00.000Z' }
  const [both] = joinedDeliveries([part(counted()), part(counted(late))])
  expect(both).toMatchObject({ startedAt: '2026-03-01T12:00:01.000Z', finishedAt: '2026-03-01T12:01:00.000Z' })
  const [one] = joinedDeliveries([part(counted({ startedAt: null, finishedAt: null })), part(counted(late))])
  expect(one).toMatchObject({ startedAt: late.startedAt, finishedAt: null })
})

test('a change that one of the outboxes has not opened yet is not finished', () => {
  const behind = { opened: 1, counts: [counted({ seq: 1 })] }
  const joined = joinedDeliveries([part(counted({ seq: 1 }), counted({ seq: 2 })), behind])
  expect(joined.map(({ finishedAt }) => finishedAt !== null)).toEqual([true, false])
})

test('the percentiles of joined outboxes are those of one outbox with all pushes', () => {
  const durations = fc.array(fc.integer({ min: 0, max: 100_000 }))
  fc.assert(
    fc.property(fc.array(durations, { minLength: 1 }), (parts) => {
      const [joined] = joinedDeliveries(parts.map((durations) => part(counted({ times: timesOf(durations) }))))
      expect(joined?.percentiles).toEqual(deliveryOf(counted({ times: timesOf(parts.flat()) })).percentiles)
    }),
  )
})

test('the time of a share is of all pushes but those that are gone; what is not reached yet has none', () => {
  const times = timesOf([100, 200, 300, 400])
  const within = (more: Partial<DeliveryCounts>) => deliveryOf(counted({ times, ...more })).acceptedWithin
  expect(within({ due: 8, gone: 0 })).toEqual({ p50: expect.closeTo(0.4, 1), p90: null, p99: null })
  expect(within({ due: 5, gone: 1 })).toEqual({
    ...{ p50: expect.closeTo(0.2, 1), p90: expect.closeTo(0.4, 1), p99: expect.closeTo(0.4, 1) },
  })
  expect(within({ due: 0, gone: 0, times: [] })).toEqual({ p50: null, p90: null, p99: null })
})

test('the services of joined outboxes are added up, those with the most pushes first, at most twenty', () => {
  const service = (host: string, accepted: number, gone = 0, failed = 0, waiting = 0) => ({
    ...{ host, accepted, gone, failed, waiting },
  })
  const many = Array.from({ length: 30 }, (_, nth) => service(`host-${nth}`, 1))
  const [joined] = joinedDeliveries([
    part(counted({ services: [service('a', 1), service('b', 5, 1), service('slow', 0, 0, 0, 9)] })),
    part(counted({ services: [service('a', 7, 0, 2), ...many, service('slow', 1, 0, 0, 3)] })),
  ])
  const first = [service('slow', 1, 0, 0, 12), service('a', 8, 0, 2), service('b', 5, 1)]
  expect(joined?.services.slice(0, 3)).toEqual(first)
  expect(joined?.services).toHaveLength(20)
})

test('the languages of joined outboxes are added up, those with the most pushes first', () => {
  const language = (language: string, due: number, accepted: number, waiting: number) => ({
    ...{ language, due, accepted, gone: 1, failed: 0, waiting },
  })
  const [joined] = joinedDeliveries([
    part(counted({ languages: [language('en', 5, 4, 0), language('*', 1, 0, 0)] })),
    part(counted({ languages: [language('fa', 7, 2, 4), language('en', 3, 0, 2)] })),
  ])
  expect(joined?.languages).toEqual([
    { ...language('en', 8, 4, 2), gone: 2 },
    language('fa', 7, 2, 4),
    language('*', 1, 0, 0),
  ])
})

const ofRun = (state: RunProgress['state'], more: Partial<RunDetails>) => {
  const run = { seq: 1, state, due: 10, accepted: 4, gone: 1, failed: 1, startedMs: null, finishedMs: null }
  return deliveryOf(deliveryCountsOf(run, { ...noDetails, ...more }))
}

test.each([
  ['open', { due: 6, failed: 1, waiting: 2 }],
  ['done', { due: 4, failed: 1, waiting: 0 }],
  ['stopped', { due: 6, failed: 1, waiting: 0 }],
  ['expired', { due: 6, failed: 3, waiting: 0 }],
] as const)('what is left of a language of a run that is %s', (state, left) => {
  const en = { language: 'en', due: 6, accepted: 2, gone: 1, failed: 1 }
  const none = { language: 'fa', due: 0, accepted: 0, gone: 0, failed: 0 }
  expect(ofRun(state, { languages: [none, en] }).languages).toEqual([{ language: 'en', accepted: 2, gone: 1, ...left }])
})

test.each(['open', 'done', 'stopped', 'expired'] as const)(
  'what waits at the services of a run that is %s',
  (state) => {
    const service = (host: string, accepted: number, waiting: number) => ({
      host,
      accepted,
      gone: 0,
      failed: 0,
      waiting,
    })
    const services = [service('a', 1, 3), service('b', 1, -3), service('c', 0, -1)]
    expect(ofRun(state, { services }).services).toEqual([service('a', 1, state === 'open' ? 3 : 0), service('b', 1, 0)])
  },
)
