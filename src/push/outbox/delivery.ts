import type { Delivery } from '../../desk/delivery-schema.ts'
import type { Seq } from '../../log/log.ts'
import { type BucketCount, secondsReached, secondsWithin } from './latency-buckets.ts'

/** A delivery with the latency buckets of its percentiles, so that the deliveries of several outboxes can be joined. */
export type DeliveryCounts = Omit<Delivery, 'percentiles' | 'acceptedWithin'> & {
  readonly times: readonly BucketCount[]
}

/** The counts as an editor sees them. */
export function deliveryOf({ times, ...counts }: DeliveryCounts): Delivery {
  const within = (share: number) => secondsWithin(share, times)
  const percentiles = times.length === 0 ? null : { p50: within(0.5), p90: within(0.9), p99: within(0.99) }
  // Who is gone is no reader any more: those who are there can all be reached.
  const reached = (share: number) => secondsReached(share * (counts.due - counts.gone), times)
  const acceptedWithin = { p50: reached(0.5), p90: reached(0.9), p99: reached(0.99) }
  const { services, languages } = counts
  return { ...counts, percentiles, acceptedWithin, services: mostPushed(services), languages: mostDue(languages) }
}

const servicesMax = 20

function mostPushed(services: Delivery['services']): Delivery['services'] {
  const pushes = ({ accepted, gone, failed, waiting }: Delivery['services'][number]) =>
    accepted + gone + failed + waiting
  return [...services].sort((a, b) => pushes(b) - pushes(a) || a.host.localeCompare(b.host)).slice(0, servicesMax)
}

function mostDue(languages: Delivery['languages']): Delivery['languages'] {
  return [...languages].sort((a, b) => b.due - a.due || a.language.localeCompare(b.language))
}

/** One outbox's part of an alert's pushes, and the seq up to which it has opened the log. */
export type DeliveryPart = { readonly opened: Seq; readonly counts: readonly DeliveryCounts[] }

/**
 * Joins the deliveries of several outboxes that share the readers, for each change. Counts of each bucket are added, so
 * percentiles are as exact as those of one outbox. A change that some outbox has not opened yet is unfinished.
 */
export function joinedDeliveries(parts: readonly DeliveryPart[]): readonly Delivery[] {
  const openedByAll = Math.min(...parts.map(({ opened }) => opened))
  const bySeq = new Map<Seq, DeliveryCounts>()
  for (const counted of parts.flatMap(({ counts }) => counts)) {
    const known = bySeq.get(counted.seq)
    bySeq.set(counted.seq, known === undefined ? counted : joined(known, counted))
  }
  return [...bySeq.values()]
    .sort((a, b) => a.seq - b.seq)
    .map((it) => deliveryOf(it.seq <= openedByAll ? it : { ...it, finishedAt: null }))
}

function joined(a: DeliveryCounts, b: DeliveryCounts): DeliveryCounts {
  const started = [a.startedAt, b.startedAt].filter((at) => at !== null).sort()
  const finished = [a.finishedAt, b.finishedAt].filter((at) => at !== null).sort()
  return {
    seq: a.seq,
    due: a.due + b.due,
    accepted: a.accepted + b.accepted,
    gone: a.gone + b.gone,
    failed: a.failed + b.failed,
    waiting: a.waiting + b.waiting,
    stopped: a.stopped + b.stopped,
    startedAt: started[0] ?? null,
    // Finished when it is finished in all outboxes.
    finishedAt: finished.length === 2 ? (finished[1] ?? null) : null,
    times: joinedTimes(a.times, b.times),
    services: summed([...a.services, ...b.services], ({ host }) => host),
    languages: summed([...a.languages, ...b.languages], ({ language }) => language),
  }
}

/** Counts of the same name, added up. */
function summed<Named extends Readonly<Record<string, string | number>>>(
  all: readonly Named[],
  nameOf: (named: Named) => string,
): readonly Named[] {
  const sums = new Map<string, Named>()
  for (const named of all) {
    const sum = sums.get(nameOf(named))
    const added = Object.entries(named).map(([key, value]) => {
      const before = sum?.[key]
      return [key, typeof value === 'number' && typeof before === 'number' ? value + before : value]
    })
    sums.set(nameOf(named), Object.fromEntries(added))
  }
  return [...sums.values()]
}

function joinedTimes(a: readonly BucketCount[], b: readonly BucketCount[]): readonly BucketCount[] {
  const counts = new Map<number, number>()
  for (const { bucket, count } of [...a, ...b]) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  return [...counts].map(([bucket, count]) => ({ bucket, count })).sort((one, other) => one.bucket - other.bucket)
}
