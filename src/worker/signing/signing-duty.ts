import type { EntrySigning } from '../../log/sign-entry.ts'
import { PushAlarm } from '../../push/outbox/alarms.ts'
import { forgettingWords, formerKeyWords, keyIdOfSeed, type Signing, successionOf } from '../../signing/key-ring.ts'
import { mirrorsOfPushes } from '../../signing/statements.ts'
import type { AlarmDuty } from '../alarm-duties.ts'
import { logNotice } from '../report.ts'
import type { ShardKeys } from '../rpc.ts'
import { textSetting } from '../worker-settings.ts'
import { workerSigner } from './worker-signer.ts'
import { lostKeyOf, openWorkerSigning } from './worker-signing-key.ts'

type SigningKeysOfPushes = Pick<ShardKeys, 'signingKey' | 'succession' | 'mirrors'>

/** The entries signed at one alarm: a part of a second. */
const entriesEach = 100
const retryMs = 1_000

/** Signs the entries that were not signed when they were appended, some at each alarm. Until then they have no proof. */
export class SigningDuty implements AlarmDuty {
  readonly #signing: EntrySigning
  readonly #now: () => number
  readonly #report: (error: unknown, doing: string) => void
  #keys: SigningKeysOfPushes | null = null
  /** The public keys, newest first. */
  #published: Signing['keys'] | null = null
  #lostKey: string | null = null
  #dueMs: number | null = null

  constructor(signing: EntrySigning, now: () => number, report: (error: unknown, doing: string) => void) {
    this.#signing = signing
    this.#now = now
    this.#report = report
  }

  get dueMs(): number | null {
    return this.#dueMs
  }

  /** Opens the key. From now on entries are signed, the older ones at the next alarms. */
  open(...given: Parameters<typeof openWorkerSigning>): ReturnType<typeof openWorkerSigning> {
    const opened = openWorkerSigning(...given)
    const [, settings, newsroom] = given
    const note = formerKeyNote(settings, opened)
    if (note !== null) logNotice(note)
    this.#signing.begin({ signer: opened.signer, newsroom })
    const mirrors = mirrorsOfPushes(opened.signed, newsroom)
    this.#keys = { signingKey: opened.seed, succession: successionOf(opened.keys), mirrors }
    this.#published = opened.keys
    this.#lostKey = lostKeyOf(settings)
    this.#dueMs = this.#now()
    return opened
  }

  /** The keys for objects that sign notifications. Throws an Error before they are opened. */
  get keys(): SigningKeysOfPushes {
    if (this.#keys === null) throw new Error('the signing key is not open')
    return this.#keys
  }

  /**
   * Raises an alarm where the log's newest proof is by a key that is not among the present and the former ones, nor declared lost.
   * Readers are served all the same, but no bundle. Call it after `open`, before anything is signed.
   */
  async check(): Promise<void> {
    const newest = await this.#signing.newestKey()
    const known = this.#published?.map(({ id }) => id)
    if (newest === null || newest === this.#lostKey || known === undefined || known.includes(newest)) return
    const detail = `the log was signed last with the key ${newest}, which is not among the signing keys (${known.join(', ')}): readers who know it are told that nothing new can be verified. Give SIGNING_KEY and SIGNING_KEY_CHAIN as they were; only if that key is lost for good, set SIGNING_KEY_LOST to its id`
    this.#report(new PushAlarm('key', null, detail), 'opening the signing key')
  }

  async act(): Promise<void> {
    try {
      this.#dueMs = (await this.#signing.signMore(entriesEach)) === 0 ? null : this.#now()
    } catch (error) {
      this.#dueMs = this.#now() + retryMs
      this.#report(error, 'signing entries')
    }
  }
}

/** Says why SIGNING_KEY is not the key that signs: it is a former one, or the rotation would have forgotten too much; else null. */
function formerKeyNote(settings: Readonly<Record<string, unknown>>, { signer, keys }: Signing): string | null {
  const seed = textSetting(settings, 'SIGNING_KEY')
  const given = seed === null ? null : keyIdOfSeed(workerSigner, seed)
  if (given === null || given === signer.keyId) return null
  if (keys.some(({ id }) => id === given)) return formerKeyWords(given, signer.keyId)
  return `The new SIGNING_KEY (${given}) is not used yet. ${forgettingWords(keys.at(-1)?.id ?? '')}`
}
