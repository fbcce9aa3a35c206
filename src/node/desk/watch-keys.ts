import type { KeyWatch } from '../../hub/key-watch.ts'
import type { Stores } from '../stores/stores.ts'

/**
 * How often this process checks whether a key or a session has ended by expiry or in another process, in milliseconds.
 */
const keyLookMs = 1_000
/** How often what a key leaves that has expired is deleted; it opens nothing from its time on. */
const expiredMs = 60_000

type Deps = {
  readonly editors: Pick<Stores['editors'], 'onEnd' | 'endExpired'>
  readonly keyWatch: KeyWatch
  /** Whether this is the process that deletes. */
  readonly peers: { readonly owner: boolean }
}

/**
 * Ends the test streams of keys and sessions that have ended: at once where this process ended them or they expire, and
 * within `keyLookMs` where another process ended them. What expired keys leave is deleted. Returns a function that stops
 * that.
 */
export function watchKeys({ editors, keyWatch, peers }: Deps): () => void {
  let ending: NodeJS.Timeout | undefined
  const endAtTheirTime = () => {
    clearTimeout(ending)
    const inMs = (keyWatch.endsMs ?? Number.POSITIVE_INFINITY) - Date.now()
    // What ends later, a later look finds. A timer may fire a little early.
    if (inMs <= 2 * keyLookMs) ending = setTimeout(() => keyWatch.endDue(), Math.max(inMs, 0) + 1)
  }
  const look = () => void keyWatch.lookQuietly().then(endAtTheirTime)
  keyWatch.onWatch(look)
  // The storage reports its own faults, and the next look finds what this one missed.
  const endExpired = () => void editors.endExpired(new Date().toISOString()).catch(() => 0)
  const stopListening = editors.onEnd(look)
  const timers = [setInterval(look, keyLookMs), ...(peers.owner ? [setInterval(endExpired, expiredMs)] : [])]
  if (peers.owner) endExpired()
  return () => {
    stopListening()
    for (const timer of timers) clearInterval(timer)
    clearTimeout(ending)
  }
}
