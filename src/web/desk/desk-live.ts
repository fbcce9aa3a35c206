import { listen } from '../../client/listen.ts'
import type { Alert } from '../../domain/alert-types.ts'
import { isSessionOver } from './desk-freshness.ts'

/**
 * Calls `changed` whenever something was published, live or test, by whomever: another editor's alert must be seen
 * before one writes the same. The session's cookie authorizes the stream, which is not counted as a reader; `ended` is
 * called when it does not count any more. Gives the way to stop.
 */
export function followDesk(changed: () => void, ended: () => void): () => void {
  const listening = listen<Alert>({
    url: location.origin,
    languages: '*',
    audience: 'all',
    onEntry: changed,
    onReset: changed,
    // What was published after the list was read and before the stream began is in neither.
    onState: (state, detail) => {
      if (state === 'live') changed()
      if (state === 'stopped' && isSessionOver(detail)) ended()
    },
  })
  return () => listening.close()
}
