import type { Sql } from '../../store/sql.ts'
import { deleteTestSubscriptionsExcept, hasTestSubscriptions } from '../../store/sqlite/push-tables.ts'
import type { LogCalls } from '../rpc.ts'

/** Keys are looked at again no sooner than this: claims follow one another fast while much is sent. */
const checkEveryMs = 1_000

/** Ends the subscriptions to test alerts of editors whose keys have ended: revoked, or made for a time that is over. */
export async function endTests(sql: Sql, log: Pick<LogCalls, 'editorIds'>): Promise<void> {
  if (!hasTestSubscriptions(sql)) return
  const editorIds = await log.editorIds()
  sql.transaction(() => deleteTestSubscriptionsExcept(sql, editorIds))
}

type Deps = {
  readonly end: () => Promise<void>
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/**
 * What is done before pushes are claimed: between two reads of the log a push may be sent again, and its editor's key may have
 * ended. Where the log does not answer, it is reported, and the readers' pushes go on.
 */
export function checkBeforeClaims({ end, now, report }: Deps): () => Promise<void> {
  let checkedMs = Number.NEGATIVE_INFINITY
  return async () => {
    // Also after the clock was set back.
    if (Math.abs(now() - checkedMs) < checkEveryMs) return
    checkedMs = now()
    try {
      await end()
    } catch (error) {
      report(error, 'looking whose test alerts have ended')
    }
  }
}
