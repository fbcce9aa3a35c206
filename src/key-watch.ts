import type { Credential, EditorStore } from './editor.ts'
import type { Hub } from './hub.ts'
import type { Subscriber } from './subscriber.ts'

/** The close code for who may not listen any more: of those with which a client does not come back. */
export const closeKeyEnded = 4001
const reason = 'Your key or session has ended. Sign in again to hear test alerts.'

type House = {
  readonly hub: Pick<Hub, 'end'>
  readonly editors: Pick<EditorStore, 'holder'>
  readonly now: () => number
  readonly report: (trouble: unknown, doing: string) => void
}

/**
 * Those who hear test alerts hear them by a key or a session, and no longer than it lasts. The store is asked, so that
 * it does not matter by which process or object a key was revoked, nor whether before or after the stream was opened.
 */
export class KeyWatch {
  readonly #house: House
  readonly #watched = new Map<Subscriber, Credential>()
  #looking: Promise<void> | null = null
  #again = false

  constructor(house: House) {
    this.#house = house
  }

  /** How many are watched. */
  get size(): number {
    return this.#watched.size
  }

  /** When the first of those watched ends by itself (ms since 1970), as far as is known; null: none does. */
  endsMs: number | null = null

  watch(subscriber: Subscriber, credential: Credential): void {
    this.#watched.set(subscriber, credential)
  }

  /** Ends the streams of all whose credential has ended. A call during a look makes it look once more. Rejects when the store does. */
  look(): Promise<void> {
    this.#again = true
    this.#looking ??= this.#lookOn().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  /** The same, for a clock: trouble is reported, and the next look finds what this one missed. */
  async lookQuietly(): Promise<void> {
    if (this.#watched.size === 0) return
    await this.look().catch((trouble: unknown) => this.#house.report(trouble, 'looking whether keys have ended'))
  }

  async #lookOn(): Promise<void> {
    while (this.#again) {
      this.#again = false
      for (const subscriber of this.#watched.keys()) if (subscriber.state === 'gone') this.#watched.delete(subscriber)
      await this.#lookOnce()
    }
  }

  async #lookOnce(): Promise<void> {
    const at = new Date(this.#house.now()).toISOString()
    const asked = new Map<string, Promise<boolean>>()
    let endsMs: number | null = null
    const isHeld = async (credential: Credential) => {
      const holder = await this.#house.editors.holder(credential, at)
      if (holder !== null && holder.until !== null) endsMs = Math.min(endsMs ?? Infinity, Date.parse(holder.until))
      return holder !== null
    }
    const ends = [...this.#watched].map(async ([subscriber, credential]) => {
      const name = `${credential.by} ${credential.hash}`
      const held = asked.get(name) ?? isHeld(credential)
      asked.set(name, held)
      if (await held) return
      this.#watched.delete(subscriber)
      if (subscriber.state !== 'gone') this.#house.hub.end(subscriber, closeKeyEnded, reason)
    })
    await Promise.all(ends)
    this.endsMs = endsMs
  }
}
