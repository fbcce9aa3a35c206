import type { AlertLog, Bounds, Entry } from '../../log/log.ts'

const recentEntriesMax = 4_096
const pageEntries = 500

/** The log's bounds, and its newest entries up to that head, which the hub keeps in memory. */
export async function beginningOf(log: AlertLog): Promise<{ bounds: Bounds; recent: readonly Entry[] }> {
  const bounds = await log.bounds()
  const recent: Entry[] = []
  let seq = Math.max(bounds.floor - 1, bounds.head - recentEntriesMax)
  while (seq < bounds.head) {
    const page = (await log.after(seq, pageEntries)).filter((entry) => entry.seq <= bounds.head)
    recent.push(...page)
    seq = page.at(-1)?.seq ?? bounds.head
  }
  return { bounds, recent }
}
