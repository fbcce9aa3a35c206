import { mirrorListFault, mirrorUrlFault } from '../../../domain/parsing/mirror-url.ts'
import { isUtcTime } from '../../../domain/parsing/utc-time.ts'
import type { MirrorList } from '../../../signing/statements.ts'
import type { KeyPin } from '../../../signing/verify/key-pin.ts'
import { isFarAhead, verifyMirrors } from '../../../signing/verify/verify-statements.ts'

/** Where the newest list is kept. What `read` gives may be anything. */
export type ListStorage = { read(): Promise<unknown>; write(list: MirrorList): Promise<unknown> }

/** What push-check.js calls of the other script. A browser may have an older one of the two, so this stays as it is. */
export type Mirrors = Pick<NewestMirrors, 'learn'>

/** The newest list of mirrors that a key pinned on this device has signed. */
export class NewestMirrors {
  readonly #pin: Pick<KeyPin, 'use'>
  readonly #storage: ListStorage
  readonly #now: () => number
  #turn: Promise<unknown> = Promise.resolve()

  constructor(pin: Pick<KeyPin, 'use'>, storage: ListStorage, now: () => number = Date.now) {
    this.#pin = pin
    this.#storage = storage
    this.#now = now
  }

  /** The addresses; none where nothing genuine was ever seen, or where this browser keeps nothing. Never rejects. */
  async urls(): Promise<readonly string[]> {
    return (await this.#kept())?.urls ?? []
  }

  /** Takes a list that came by any way, if a pinned key signed it and it is newer than the one that is kept. Never rejects. */
  async learn(offered: unknown): Promise<void> {
    const list = await this.#pin.use((verifier, keys) => verifyMirrors(verifier, keys, offered)).catch(() => null)
    if (list !== null) await this.keep(list)
  }

  /** The same for a list that has been verified. */
  keep(list: MirrorList): Promise<void> {
    if (isFarAhead(list.at, this.#now())) return Promise.resolve()
    // One after the other: each reads what is kept and writes it again.
    const kept = this.#turn.then(async () => {
      const known = await this.#kept()
      if (known === null || Date.parse(list.at) > Date.parse(known.at)) await this.#storage.write(list)
    })
    this.#turn = kept.catch(() => {})
    return this.#turn as Promise<void>
  }

  async #kept(): Promise<MirrorList | null> {
    const { urls, at } = Object(await this.#storage.read().catch(() => null)) as Partial<
      Record<keyof MirrorList, unknown>
    >
    if (!isUtcTime(at) || isFarAhead(at, this.#now()) || !Array.isArray(urls)) return null
    // Checked again: an earlier version may have taken more.
    const isFit = urls.every((url) => typeof url === 'string' && mirrorUrlFault(url) === null)
    return isFit && mirrorListFault(urls) === null ? { urls, at } : null
  }
}

/** A list as the page for no connection has it (`src/http/installed/offline-page.ts`); null: it is none. */
export function listIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
