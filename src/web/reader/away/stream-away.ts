import type { State } from '../../../client/listen.ts'
import { loadPart, partTries } from '../load-part.ts'
import type { readWhileAway } from './while-away.ts'

/** How long the stream may be away until something is done, and up to how much longer: not all pages ask a service that begins again at once. */
const awayMs = 3_000
const spreadMs = 3_000

/**
 * Loads what keeps the list up to date without the stream, once that has been away for some seconds; at once where it fell silent, as
 * all pages do not in the same second, and on a page that was kept for want of an answer. Returns what is to be told each state of the
 * stream, and its detail.
 */
export function whileStreamIsAway(
  deps: () => Parameters<typeof readWhileAway>[0],
): (state: State, detail: unknown) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let away: Promise<() => void> | undefined
  return (state, detail) => {
    const isSilent = Object(detail).silentMs > 0
    const begin = () => {
      away ??= loadPart(() => import('./while-away.ts'), partTries).then(({ readWhileAway }) =>
        readWhileAway(deps(), isSilent),
      )
      away.catch(console.warn)
    }
    if (isSilent) begin()
    if (state !== 'live') {
      timer ??= setTimeout(begin, document.getElementById('kept') ? 0 : awayMs + Math.random() * spreadMs)
      return
    }
    clearTimeout(timer)
    timer = undefined
    away?.then((end) => end(), console.warn)
    away = undefined
  }
}
