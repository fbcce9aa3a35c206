import type { Batch, Outcome, PushOutbox } from '../outbox/outbox.ts'

/** When a batch is looked at, and again until few of its pushes are under way, in milliseconds. */
const lookEveryMs = 1_000
/** A batch is settled early when at most this share of its pushes is under way: each of those costs a stored row. */
const underWayShareMax = 0.1

type Deps = {
  readonly outbox: Pick<PushOutbox, 'settle'>
  readonly report: (error: unknown, doing: string) => void
}

/**
 * The outcomes of a batch's pushes, in their order. When few of them take long, what has ended is settled meanwhile, once,
 * so that a slow answer does not hide the results of the whole batch. Nothing is done for a push before that.
 */
export async function outcomesOf(
  batch: Batch,
  sends: readonly Promise<Outcome>[],
  { outbox, report }: Deps,
): Promise<readonly Outcome[]> {
  let looking: Promise<boolean> = Promise.resolve(false)
  const look = async (): Promise<boolean> => {
    // A promise that has been resolved wins, as it comes first.
    const found = await Promise.all(sends.map((sent) => Promise.race([sent, null])))
    const ended = found.filter((it) => it !== null)
    const left = sends.length - ended.length
    if (left > sends.length * underWayShareMax) return false
    if (left === 0) return true
    const pending = batch.due.filter((_, nth) => found[nth] === null)
    await outbox.settle(batch, ended, new Set(pending.map(({ subscription }) => subscription.id)))
    return true
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
