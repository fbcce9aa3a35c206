import type { Interest } from '../../domain/interest.ts'
import { notifiedLanguage } from '../../log/language-status.ts'
import type { AlertLog, Entry, Seq } from '../../log/log.ts'

/** Alerts, and entries, that are read in one go. */
const readAtOnce = 100

/**
 * The newest entries up to `head` that say something to an interest, oldest first, at most `limit`. Of an alert that changed
 * more than once there are several, as a stream sends them.
 */
export async function newestEntries(
  log: Pick<AlertLog, 'after' | 'recent'>,
  interest: Interest,
  head: Seq,
  limit: number,
): Promise<readonly Entry[]> {
  // The log finds old alerts of an interest by an index, and then entries after a seq.
  let found: readonly Entry[] = []
  let before = head + 1
  while (found.length < limit && before > 1) {
    const alerts = await log.recent(interest, readAtOnce, before)
    const from = alerts.length < readAtOnce ? 1 : (alerts.at(-1)?.seq ?? 1)
    found = [...(await between(log, interest, from, before, limit - found.length)), ...found]
    before = from
  }
  return found
}

/** The newest `limit` entries from a seq on and below another. */
async function between(
  log: Pick<AlertLog, 'after'>,
  interest: Interest,
  from: Seq,
  before: Seq,
  limit: number,
): Promise<readonly Entry[]> {
  let found: Entry[] = []
  let seq = from - 1
  while (seq < before - 1) {
    const some = await log.after(seq, readAtOnce, interest)
    const told = some.filter((entry) => entry.seq < before && notifiedLanguage(interest, entry) !== null)
    found = [...found, ...told].slice(-limit)
    if (some.length < readAtOnce) break
    seq = some.at(-1)?.seq ?? before
  }
  return found
}
