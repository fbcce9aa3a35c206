import type { Batch, Outcome, PushOutbox } from '../outbox/outbox.ts'

/** How often a batch is looked at while it takes long, in milliseconds. */
const lookEveryMs = 1_000
/**
 * The share of a batch's pushes that may be under way when it is settled early: the first time, each of those costs a stored
 * row. Without this, a service that is slower than batches are claimed had a tenth more row versions written (9,600 for
 * 4,000 pushes, tests/store/postgres/outbox/slow-service.long.test.ts).
 */
const underWayShareMax = 0.5

type Deps = {
  readonly outbox: Pick<PushOutbox, 'settle'>
  readonly report: (error: unknown, doing: string) => void
}

/**
 * The outcomes of a batch's pushes, in their order. While it takes long, what has ended since the last look is settled, so
 * that slow answers do not hide the results of the others, once at least half have one. The first such settlement costs a
 * stored row for each push that is under way; nothing is stored in a second without a result, nor for a batch that ends within
 * the first.
 */
export async function outcomesOf(
  batch: Batch,
  sends: readonly Promise<Outcome>[],
  { outbox, report }: Deps,
): Promise<readonly Outcome[]> {
  let looking: Promise<boolean> = Promise.resolve(false)
  let settled = 0
  const look = async (): Promise<boolean> => {
    // A promise that has been resolved wins, as it comes first.
    const found = await Promise.all(sends.map((sent) => Promise.race([sent, null])))
    const ended = found.filter((it) => it !== null)
    if (ended.length === sends.length) return true
    const left = sends.length - ended.length
    if (ended.length === settled || left > sends.length * underWayShareMax) return false
    const pending = batch.due.filter((_, nth) => found[nth] === null)
    // What was settled before is said again, and stored once.
    await outbox.settle(batch, ended, new Set(pending.map(({ subscription }) => subscription.id)))
    settled = ended.length
    return false
  }
  const settleSafely = (): Promise<boolean> =>
    look().catch((error: unknown) => {
      // Whether it was stored or not, the settlement at the end stores what is missing.
      report(error, 'settling pushes')
      return true
    })
  const timer = setInterval(() => {
    looking = looking.then((isDone) => isDone || settleSafely())
  }, lookEveryMs)
  try {
    return await Promise.all(sends)
  } finally {
    clearInterval(timer)
    await looking
  }
}
