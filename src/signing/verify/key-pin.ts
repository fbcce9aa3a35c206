import { signingKeysMax } from '../key-ring.ts'
import { followKeys, type KeyVerdict, type TrustedKeys } from './key-trust.ts'
import { idOfKey, openVerifier, type Verifier } from './verifier.ts'
import type { EntryVerdict } from './verify-entries.ts'

/** Where a reader's device remembers the keys that it trusts. What `read` gives may be anything; undefined: nothing yet. */
export type KeyStorage = {
  read(): Promise<unknown>
  write(keys: TrustedKeys): Promise<unknown>
}

type Deps = {
  readonly storage: KeyStorage
  /** Gives `signingKeys` of `GET /v1/newsroom`, undefined where it has none. Rejects where nothing is answered in time. */
  readonly askKeys: () => Promise<unknown>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Another verifier than the platform's. */
  readonly open?: () => Promise<Verifier | null>
}

/** What came of a check. `no-keys`: no key is pinned. `unavailable`: this platform can verify nothing. */
export type Checked = EntryVerdict['kind'] | 'no-keys' | 'unavailable'

/** What came of asking the service for its keys. */
export type Asked = KeyVerdict['kind'] | 'no-answer'

/** How long the service is not asked for its keys again: who sends many unknown keys costs it no more requests. */
export const askAgainMs = 3_000

/**
 * The keys that are pinned on a device: those of the first sight, and those that followed by statement. After that
 * nothing else is trusted, whoever offers it.
 */
export class KeyPin {
  readonly #deps: Deps
  readonly #verifier: Promise<Verifier | null>
  #keys: Promise<TrustedKeys | null> | undefined
  /** Given keys count, whatever the storage says later. */
  #isGiven = false
  #turn: Promise<unknown> = Promise.resolve()
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<Asked> | undefined

  constructor(deps: Deps) {
    this.#deps = deps
    this.#verifier = (deps.open ?? openVerifier)().catch(() => null)
  }

  /** The keys that are pinned, newest first. Rejects where the storage does not answer: nobody knows then what is pinned. */
  async keys(): Promise<TrustedKeys | null> {
    this.#keys ??= this.#stored()
    const reading = this.#keys
    const keys = await reading.catch((error: unknown) => {
      if (this.#keys === reading) this.#keys = undefined
      throw error
    })
    // Read again the next time: somebody else may have pinned one by then.
    if (keys === null && this.#keys === reading) this.#keys = undefined
    return keys
  }

  /** Trusts these public keys, newest first, in the place of a first sight. Rejects with a TypeError for what is no key. */
  trust(publicKeys: readonly string[]): Promise<void> {
    // From now on: what the service tells meanwhile is no first sight, and is followed by these keys.
    this.#isGiven = true
    return this.#afterOthers(async () => {
      if ((await this.#verifier) === null) return
      const trusted = await Promise.all(
        publicKeys.map(async (publicKey) => {
          const id = await idOfKey(publicKey)
          if (id === null) throw new TypeError('A signing key is 32 bytes in base64url.')
          return { id, publicKey }
        }),
      )
      const [newest, ...former] = trusted
      if (newest === undefined) return
      const stored = await this.keys()
      // What was remembered counts where it is what has followed these keys.
      if (stored?.some(({ id }) => id === newest.id)) return
      this.#keys = Promise.resolve([newest, ...former])
    })
  }

  /** Pins the newest of these keys where none is pinned; else follows them from the one that is. `offered`: anything. */
  follow(offered: unknown): Promise<KeyVerdict['kind']> {
    return this.#inTurn(async (verifier) => {
      // Else a page that has stood for long would write an older list over what another one has followed.
      await this.readAgain()
      const keys = await this.keys()
      return keys === null && this.#isGiven ? { kind: 'changed' } : followKeys(verifier, keys, offered)
    })
  }

  /**
   * Pins the newest of these keys in the place of all that were trusted, because a person has decided so. `offered`: anything.
   */
  pinAnew(offered: unknown): Promise<KeyVerdict['kind']> {
    return this.#inTurn((verifier) => followKeys(verifier, null, offered))
  }

  /** One after the other: each goes by what is pinned, and pins. */
  #inTurn(decide: (verifier: Verifier) => Promise<KeyVerdict>): Promise<KeyVerdict['kind']> {
    return this.#afterOthers(async () => {
      const verifier = await this.#verifier
      return verifier === null ? 'changed' : this.#take(await decide(verifier))
    })
  }

  #afterOthers<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => {})
    return done
  }

  async #take(verdict: KeyVerdict): Promise<KeyVerdict['kind']> {
    if (verdict.kind !== 'followed') return verdict.kind
    this.#keys = Promise.resolve(verdict.keys)
    // A device that keeps nothing pins anew at each visit.
    await this.#deps.storage.write(verdict.keys).catch(() => {})
    return verdict.kind
  }

  /** Follows the statement by which a key that is not known yet (`id`) follows the pinned one. Both may be anything. */
  async followNext(id: unknown, succession: unknown): Promise<KeyVerdict['kind']> {
    const keys = await this.keys()
    if (keys === null) return 'changed'
    return this.follow([{ ...Object(succession), id }, ...keys].slice(0, signingKeysMax))
  }

  /** Asks the service for its keys and follows them. */
  ask(): Promise<Asked> {
    const { askKeys, now } = this.#deps
    const sinceMs = now() - this.#askedAt
    // After a clock was set back it is not known how long ago it was.
    if (this.#asking !== undefined && sinceMs >= 0 && sinceMs < askAgainMs) return this.#asking
    this.#askedAt = now()
    this.#asking = askKeys()
      .then((offered) => this.follow(offered))
      .catch(() => 'no-answer' as const)
    return this.#asking
  }

  /** Verifies by the pinned keys, and asks nobody. */
  async check(
    verify: (verifier: Verifier, keys: TrustedKeys) => Promise<Pick<EntryVerdict, 'kind'>>,
  ): Promise<Checked> {
    if ((await this.#verifier) === null) return 'unavailable'
    const keys = await this.keys()
    if (keys === null) return 'no-keys'
    const kind = (await this.use(verify))?.kind
    if (kind !== 'unknown-key') return kind ?? 'no-keys'
    await this.readAgain()
    const present = (await this.keys()) ?? keys
    return present[0].id === keys[0].id ? kind : ((await this.use(verify))?.kind ?? kind)
  }

  /** Gives what `act` makes of the pinned keys, and asks nobody; null where none is pinned, or nothing can be verified. */
  async use<Result>(act: (verifier: Verifier, keys: TrustedKeys) => Promise<Result>): Promise<Result | null> {
    const [verifier, keys] = [await this.#verifier, await this.keys()]
    return verifier === null || keys === null ? null : act(verifier, keys)
  }

  /**
   * Reads the storage again. A page and its service worker share one: what one of them has pinned or followed holds for the other
   * too. What is pinned stays where the storage has nothing, or does not answer.
   */
  async readAgain(): Promise<void> {
    if (this.#isGiven) return
    const stored = await this.#stored().catch(() => null)
    if (stored !== null) this.#keys = Promise.resolve(stored)
  }

  async #stored(): Promise<TrustedKeys | null> {
    const [verifier, stored] = await Promise.all([this.#verifier, this.#deps.storage.read()])
    if (verifier === null || stored === undefined || stored === null) return null
    const verdict = await followKeys(verifier, null, stored)
    return verdict.kind === 'followed' ? verdict.keys : null
  }
}
