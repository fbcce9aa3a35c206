import type { KeyWatch } from '../../hub/key-watch.ts'
import type { Stores } from '../stores/stores.ts'

/**
 * How often this process checks whether a key or a session has ended by expiry or in another process, in milliseconds.
 */
const keyLookMs = 1_000

type Deps = { readonly editors: Pick<Stores['editors'], 'onEnd'>; readonly keyWatch: KeyWatch }

/**
 * Ends the test streams of keys and sessions that have ended: at once where this process ended them, and within
 * `keyLookMs` where they expired or another process ended them. Returns a function that stops that.
 */
export function watchKeys({ editors, keyWatch }: Deps): () => void {
  const look = () => void keyWatch.lookQuietly()
  const stopListening = editors.onEnd(look)
  const timer = setInterval(look, keyLookMs)
  return () => {
    stopListening()
    clearInterval(timer)
  }
}
