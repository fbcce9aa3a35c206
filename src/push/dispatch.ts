import type { AlertLog } from '../log.ts'
import type { PushOutbox } from './outbox.ts'

const pageMax = 100

/**
 * Opens the outbox for every entry of the log that has none yet, in order. Where it got to is stored with the work,
 * so a crash between append and open loses nothing, nor does an end between two. Gives how many it opened.
 */
export async function openNew(
  log: Pick<AlertLog, 'after' | 'bounds'>,
  outbox: Pick<PushOutbox, 'open' | 'opened'>,
  signal?: Pick<AbortSignal, 'aborted'>,
): Promise<number> {
  const bounds = await log.bounds()
  let seq = Math.max(await outbox.opened(bounds), bounds.floor - 1)
  let count = 0
  for (;;) {
    const entries = await log.after(seq, pageMax)
    if (entries.length === 0) return count
    for (const entry of entries) {
      if (signal?.aborted) return count
      await outbox.open(entry)
      seq = entry.seq
      count += 1
    }
  }
}
