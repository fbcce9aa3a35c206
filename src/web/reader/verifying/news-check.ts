import type { Entry } from '../../../client/listen-options.ts'
import { PatientCheck } from '../../../client/verified/patient-check.ts'
import { epochOf } from '../../../protocol/cursor.ts'
import { type Asked, KeyPin, type KeyStorage } from '../../../signing/verify/key-pin.ts'
import type { Verifier } from '../../../signing/verify/verifier.ts'
import { verifyEntry } from '../../../signing/verify/verify-entries.ts'

/** An entry as it came to the page, whoever has written it. */
export type Received = Pick<Entry, 'seq' | 'cursor' | 'kind' | 'at' | 'alert'>

/** The keys of which the service says that they are its own, though they do not follow from the one that is pinned. */
export type ChangedKey = {
  /** The id of the key that is pinned. */
  readonly known: string
  /** That of the newest of the service's keys. */
  readonly offered: string
  /** Pins that one in the place of the known one. */
  readonly trust: () => Promise<unknown>
}

export type Verdict = 'genuine' | 'unknown' | 'forged'

type Deps = {
  readonly storage: KeyStorage
  /** Gives `signingKeys` of `GET /v1/newsroom`. */
  readonly askKeys: () => Promise<unknown>
  readonly now: () => number
  readonly later: (ms: number, act: () => void) => () => void
  readonly open?: () => Promise<Verifier | null>
  /** Says that something is not shown; with the reason where that is another key. */
  readonly say: (changed: ChangedKey | null) => void
  /** Is told of each version of an alert that a key has signed. */
  readonly remember?: (epoch: string, id: string, version: number) => void
}

/** Decides what of the news that comes to an open page may be shown: what a pinned key has signed. */
export class NewsCheck {
  /** The keys that this page goes by. */
  readonly pin: KeyPin
  readonly #patient: PatientCheck
  readonly #say: Deps['say']
  readonly #remember: Deps['remember']
  #asked: Asked | undefined
  #offered: unknown

  constructor({ storage, askKeys, now, later, open, say, remember }: Deps) {
    const keepOffered = async () => {
      this.#offered = await askKeys()
      return this.#offered
    }
    const pin = new KeyPin({ storage: readableStorage(storage), askKeys: keepOffered, now, ...(open && { open }) })
    this.pin = pin
    this.#say = say
    this.#remember = remember
    this.#patient = new PatientCheck({ check: (verify) => pin.check(verify), ask: () => this.#ask() }, { now, later })
  }

  /**
   * Whether an entry may be shown. One of a key that is not known waits for some seconds, while the service is asked for its keys.
   * What may not is said. On a device that cannot verify, and at a service that signs nothing, everything may. `isFormer`: a newer entry
   * may be shown, so that no newer key is missing. A lost key may have signed this one: it is left out without a word. Where no key is
   * pinned yet, as when the newer one stood in the page already, the service is asked first.
   */
  async mayShow(entry: Received, isFormer = false): Promise<boolean> {
    const verdict = await this.verdictOn(entry, isFormer)
    if (verdict === 'forged' || (verdict === 'unknown' && !isFormer)) await this.sayUnshown()
    return verdict === 'genuine'
  }

  /** The same, without a word. `unknown`: it is of a key that is not known. */
  async verdictOn({ cursor, seq, kind, at, alert }: Received, isFormer = false): Promise<Verdict> {
    const verify: Parameters<KeyPin['check']>[0] = (verifier, keys) =>
      verifyEntry(verifier, keys, epochOf(cursor), { seq, kind, at, alert })
    // A page waits as long as it is open.
    const patiently = () => this.#patient.check(verify, new AbortController().signal)
    const atOnce = isFormer ? await this.pin.check(verify) : 'no-keys'
    const checked = atOnce === 'no-keys' ? await patiently() : atOnce
    if (checked === 'unknown-key') return 'unknown'
    // Whoever passes on what editors alone receive has changed nothing in it.
    const isGenuine = checked === 'genuine' && alert.audience === 'public'
    if (isGenuine) this.#remember?.(epochOf(cursor), alert.id, alert.version)
    const isUnsigned = checked === 'no-keys' && this.#asked === 'forged'
    return isGenuine || isUnsigned || checked === 'unavailable' ? 'genuine' : 'forged'
  }

  /** Says that something is not shown. */
  async sayUnshown(): Promise<void> {
    this.#say(await this.#changedKey())
  }

  /** Asks the service for its keys, and says so where they do not follow from the one that is pinned. Whether it answered that they do. */
  async lookAtKeys(): Promise<boolean> {
    if ((await this.pin.keys()) === null) return false
    const asked = await this.#ask()
    const changed = await this.#changedKey()
    if (changed !== null) this.#say(changed)
    return asked === 'followed' || asked === 'older'
  }

  async #ask(): Promise<Asked> {
    const asked = await this.pin.ask()
    // One answer that was missed says nothing else than the one before it.
    if (asked !== 'no-answer') this.#asked = asked
    return asked
  }

  async #changedKey(): Promise<ChangedKey | null> {
    const known = await this.pin.keys()
    const offered = this.#offered
    const id = String(Object(Object(offered)[0]).id)
    // In another page the reader may have trusted it meanwhile.
    if (known === null || this.#asked !== 'changed' || known[0].id === id) return null
    return { known: known[0].id, offered: id, trust: () => this.pin.pinAnew(offered) }
  }
}

/**
 * A device without a storage pins anew at each visit. Where it does not answer nobody knows whether a key is pinned there, so that
 * none is written over it.
 */
function readableStorage({ read, write }: KeyStorage): KeyStorage {
  let isRead = false
  return {
    async read() {
      isRead = false
      const kept = await read().catch(() => null)
      isRead = kept !== null
      return kept ?? undefined
    },
    write: async (keys) => isRead && write(keys),
  }
}
