import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type DeliveryCounts,
  type DeliveryPart,
  deliveryOf,
  joinedDeliveries,
} from '../../../src/push/outbox/delivery.ts'
import { bucketOf } from '../../../src/push/outbox/latency-buckets.ts'

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

test('the services of joined outboxes are added up, those with the most results first, at most twenty', () => {
  const service = (host: string, accepted: number, gone = 0, failed = 0) => ({ host, accepted, gone, failed })
  const many = Array.from({ length: 30 }, (_, nth) => service(`host-${nth}`, 1))
  const [joined] = joinedDeliveries([
    part(counted({ services: [service('a', 1), service('b', 5, 1)] })),
    part(counted({ services: [service('a', 7, 0, 2), ...many] })),
  ])
  expect(joined?.services.slice(0, 2)).toEqual([service('a', 8, 0, 2), service('b', 5, 1)])
  expect(joined?.services).toHaveLength(20)
})
