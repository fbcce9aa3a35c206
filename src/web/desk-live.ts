import type { Alert } from '../alert.ts'
import { type Listening, listen } from '../client/listen.ts'

const audiences = ['public', 'test'] as const

/**
 * Calls `changed` whenever something was published, live or test, by whomever: another editor's alert must be seen
 * before one writes the same. The session's cookie opens the test audience. Gives the way to stop.
 */
export function followDesk(changed: () => void): () => void {
  const listenings = audiences.map(
    (audience): Listening =>
      listen<Alert>({ url: location.origin, languages: '*', audience, onEntry: changed, onReset: changed }),
  )
  return () => {
    for (const listening of listenings) listening.close()
  }
}
