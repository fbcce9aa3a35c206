import type { Credential, EditorStore, KeyHolder } from '../auth/editor.ts'
import { closeKeyEnded } from '../protocol/close-codes.ts'
import type { Hub } from './hub.ts'
import type { Subscriber } from './subscriber.ts'

/** Wait after a failed check; it doubles with each failure, up to the maximum. */
const againFirstMs = 1_000
const againMsMax = 30_000
const reason = 'Your key or session has ended. Sign in again to hear test alerts.'

/** `endsMs`: when the credential ends by itself, in Unix milliseconds; null: never, or it was not looked up yet. */
type Watched = { readonly credential: Credential; endsMs: number | null }

type Deps = {
  readonly hub: Pick<Hub, 'end'>
  readonly editors: Pick<EditorStore, 'holder'>
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/**
 * Closes streams of test alerts when the key or session that opened them ends. It asks the store, so that it does not
 * matter which process or object revoked the key, nor whether before or after the stream was opened.
 */
export class KeyWatch {
  readonly #deps: Deps
  readonly #watched = new Map<Subscriber, Watched>()
  readonly #listeners = new Set<() => void>()
  #looking: Promise<void> | null = null
  #again = false
  #failures = 0

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** How many streams are watched. */
  get size(): number {
    return this.#watched.size
  }

  /**
   * When the next check is due, in Unix milliseconds: the earliest end of a watched session, or the retry after a failed
   * check. Null: no end is known.
   */
  endsMs: number | null = null

  watch(subscriber: Subscriber, credential: Credential): void {
    this.#watched.set(subscriber, { credential, endsMs: null })
    for (const listener of this.#listeners) listener()
  }

  /** Calls `listener` when a stream begins to be watched: when it ends by itself is known after the next look. */
  onWatch(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /**
   * Closes the streams whose time is known to have come, without asking the store. To be called at `endsMs` and before an
   * alert is delivered, so that none is told of what came after the end.
   */
  endDue(): void {
    const nowMs = this.#deps.now()
    for (const [subscriber, { endsMs }] of this.#watched) if (endsMs !== null && endsMs <= nowMs) this.#end(subscriber)
  }

  #end(subscriber: Subscriber): void {
    this.#watched.delete(subscriber)
    if (subscriber.state !== 'gone') this.#deps.hub.end(subscriber, closeKeyEnded, reason)
  }

  /** Closes the streams whose credential has ended. A call during a check makes it check once more. Rejects when the store does. */
  look(): Promise<void> {
    this.#again = true
    this.#looking ??= this.#lookOn()
    return this.#looking
  }

  /** `look` for a timer: an error is reported, and the next check finds what this one missed. */
  async lookQuietly(): Promise<void> {
    if (this.#watched.size === 0) return
    await this.look().catch((error: unknown) => this.#deps.report(error, 'looking whether keys have ended'))
  }

  async #lookOn(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false
        for (const subscriber of this.#watched.keys()) if (subscriber.state === 'gone') this.#watched.delete(subscriber)
        await this.#lookOnce()
      }
      this.#failures = 0
    } catch (error) {
      // Without a wait, a time that has passed would start checks in a loop for as long as the store fails.
      const waitMs = Math.min(againFirstMs * 2 ** this.#failures, againMsMax)
      this.#failures += 1
      const nowMs = this.#deps.now()
      const known = [...this.#watched.values()].flatMap(({ endsMs }) =>
        endsMs !== null && endsMs > nowMs ? endsMs : [],
      )
      this.endsMs = Math.min(nowMs + waitMs, ...known)
      throw error
    } finally {
      this.#looking = null
    }
  }

  async #lookOnce(): Promise<void> {
    const at = new Date(this.#deps.now()).toISOString()
    const asked = new Map<string, Promise<KeyHolder | null>>()
    let endsMs: number | null = null
    const ends = [...this.#watched].map(async ([subscriber, watched]) => {
      const { credential } = watched
      const name = `${credential.by} ${credential.hash}`
      const holding = asked.get(name) ?? this.#deps.editors.holder(credential, at)
      asked.set(name, holding)
      const holder = await holding
      if (holder === null) return this.#end(subscriber)
      watched.endsMs = holder.until === null ? null : Date.parse(holder.until)
      if (watched.endsMs !== null) endsMs = Math.min(endsMs ?? Infinity, watched.endsMs)
    })
    await Promise.all(ends)
    this.endsMs = endsMs
  }
}
