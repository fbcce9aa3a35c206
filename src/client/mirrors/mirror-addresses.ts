import type { TrustedKeys } from '../../signing/verify/key-trust.ts'
import type { Verifier } from '../../signing/verify/verifier.ts'
import { isFarAhead, verifyMirrors } from '../../signing/verify/verify-statements.ts'
import { isWithinReach } from './within-reach.ts'

/**
 * Where a device keeps the signed list of mirrors, and how far it has seen what is signed. What `readMirrors` and `readSeen` give may be
 * anything; the list is verified again.
 */
export type MirrorStorage = {
  readMirrors?(): Promise<unknown>
  writeMirrors?(list: object): Promise<unknown>
  readSeen?(): Promise<unknown>
  writeSeen?(seen: object): Promise<unknown>
}

/** The mirrors that are known: those named by hand, and those of the newest list that the newsroom has signed. */
export class MirrorAddresses {
  readonly #byHand: readonly string[]
  readonly #storage: MirrorStorage
  readonly #now: () => number
  #urls: readonly string[] = []
  #at = ''
  #stored: Promise<void> | undefined

  constructor(byHand: readonly string[], storage: MirrorStorage, now: () => number) {
    this.#byHand = byHand
    this.#storage = storage
    this.#now = now
  }

  /** All addresses that readers of the service at `origin` may ask, each of a folder; those named by hand in either case. */
  async urls(verifier: Verifier, keys: TrustedKeys, origin: string): Promise<readonly string[]> {
    await this.#read(verifier, keys)
    return [...new Set([...this.#byHand, ...this.#urls.filter((url) => isWithinReach(url, origin))])]
  }

  /** Takes a list where it is genuine and newer than the one that is known, and keeps it. `received` may be anything. */
  async offer(verifier: Verifier, keys: TrustedKeys, received: unknown): Promise<void> {
    await this.#read(verifier, keys)
    // A device without a place to keep it learns it again.
    if (await this.#take(verifier, keys, received)) await this.#storage.writeMirrors?.(Object(received)).catch(() => {})
  }

  #read(verifier: Verifier, keys: TrustedKeys): Promise<void> {
    this.#stored ??= this.#takeStored(verifier, keys)
    return this.#stored
  }

  async #takeStored(verifier: Verifier, keys: TrustedKeys): Promise<void> {
    try {
      await this.#take(verifier, keys, await this.#storage.readMirrors?.())
    } catch {
      // A storage that does not answer: the list comes again from the service.
    }
  }

  async #take(verifier: Verifier, keys: TrustedKeys, received: unknown): Promise<boolean> {
    const list = await verifyMirrors(verifier, keys, received)
    if (list === null || isFarAhead(list.at, this.#now())) return false
    if (this.#at !== '' && Date.parse(list.at) <= Date.parse(this.#at)) return false
    this.#at = list.at
    this.#urls = list.urls
    return true
  }
}
