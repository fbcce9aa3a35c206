import type { Alert, Rendered } from '../../domain/alert-types.ts'
import { epochOf } from '../../protocol/cursor.ts'
import { KeyPin, type KeyStorage } from '../../signing/verify/key-pin.ts'
import { isPublicKey } from '../../signing/verify/verifier.ts'
import { verifyAllTexts } from '../../signing/verify/verify-all-texts.ts'
import { verifyEntry } from '../../signing/verify/verify-entries.ts'
import { beginListening } from '../begin-listening.ts'
import { baseOf } from '../client-requests.ts'
import type { Entry, Listening } from '../listen-options.ts'
import type { MirrorStorage } from '../mirrors/mirror-addresses.ts'
import { MirrorRounds } from '../mirrors/mirror-rounds.ts'
import { platform } from '../platform.ts'
import { refuseMalformed } from '../position.ts'
import { askNewsroom } from './ask-newsroom.ts'
import { OrderedListening } from './ordered-listening.ts'
import { PatientCheck } from './patient-check.ts'
import type { Unverified, VerifiedOptions } from './verified-options.ts'

export type { KeyStorage } from '../../signing/verify/key-pin.ts'
export type { TrustedKeys } from '../../signing/verify/key-trust.ts'
export type { MirrorStorage } from '../mirrors/mirror-addresses.ts'
export type { Unverified, VerifiedOptions } from './verified-options.ts'

/** Keeps nothing. */
const noStorage: KeyStorage & MirrorStorage = { read: async () => undefined, write: async () => {} }

/**
 * Listens as `listen` does, but gives `onEntry` only what the newsroom has signed. The order of callbacks stays, and the cursor is that of
 * the last entry that was verified and given to a callback. While the service does not answer it reads mirrors.
 * Throws a TypeError for options that can never work.
 */
export function listenVerified<Seen extends Rendered | Alert = Rendered>(given: VerifiedOptions<Seen>): Listening {
  // Which of both forms comes follows from the languages, as for `listen`.
  const options = given as VerifiedOptions<Rendered>
  const { keys, keyStorage: storage = noStorage, onUnverified, url, audience = 'public', mirrors } = options
  const world = { ...platform, ...options.world }
  refuseImpossible(options)
  let toldMirrors: unknown
  const askKeys = async () => {
    const told = await askNewsroom(url, world)
    toldMirrors = told.mirrors
    return told.signingKeys
  }
  const pin = new KeyPin({ storage, askKeys, now: world.now })
  const patient = new PatientCheck(pin, world)
  const ready = againAfterFailure(() => (keys === 'pin' ? pinAtFirstSight(pin) : pin.trust(keys)))
  ready().catch(() => {})
  const check = async (entry: Entry<Rendered>, ended: AbortSignal): Promise<Unverified['reason'] | Entry<Rendered>> => {
    await ready()
    const { asked } = listening
    const hasAllTexts = asked.isWithAllTexts(entry.alert)
    let signed: unknown = entry.alert
    const checked = await patient.check(async (verifier, trusted) => {
      if (!hasAllTexts) return verifyEntry(verifier, trusted, epochOf(entry.cursor), entry)
      const verdict = await verifyAllTexts(verifier, trusted, epochOf(entry.cursor), entry)
      if (verdict.kind === 'genuine') signed = verdict.alert
      return verdict
    }, ended)
    if (checked !== 'genuine') return checked
    // Whoever passes on what editors alone receive has changed nothing in it.
    if (audience !== 'all' && entry.alert.audience !== audience) return 'wrong-audience'
    if (!asked.fits(entry.alert)) return 'not-asked-for'
    return { ...entry, alert: signed as Rendered }
  }
  const rounds =
    mirrors === false || audience !== 'public'
      ? null
      : new MirrorRounds({
          ...{ world, base: baseOf(url), byHand: mirrorsByHand(mirrors), storage, ready, pin },
          isWatching: options.heartbeatSeconds === undefined,
          askList: async () => ((await pin.ask()) === 'no-answer' ? null : { mirrors: toldMirrors }),
        })
  const decide = async (entry: Entry<Rendered>, ended: AbortSignal) => {
    // A storage that does not answer: it is not known which keys are trusted.
    const checked = await check(entry, ended).catch(() => 'unavailable' as const)
    const { seq, cursor, replayed } = entry
    if (typeof checked === 'string') {
      const named = checked === 'unknown-key' ? namedKey(entry.alert) : {}
      return { isGenuine: false, act: () => onUnverified({ reason: checked, seq, cursor, replayed, ...named }) }
    }
    rounds?.seen(entry.at)
    return { isGenuine: true, act: () => options.onEntry(checked) }
  }
  const listening = new OrderedListening(options, beginListening, decide, (state, detail) =>
    rounds?.originIs(state, detail),
  )
  rounds?.begin(listening)
  return listening
}

/** The key that an entry's proof names, or the first of its proofs. Anything may stand there: what is no id is left out. */
function namedKey(alert: unknown): { readonly keyId?: string } {
  const { proof, proofs } = Object(alert) as { readonly proof?: unknown; readonly proofs?: unknown }
  const { key } = Object(proof ?? Object.values(Object(proofs))[0]) as { readonly key?: unknown }
  return typeof key === 'string' && /^[\w-]{11}$/.test(key) ? { keyId: key } : {}
}

/** Throws a TypeError for options that can never work. */
function refuseImpossible({ keys, after }: VerifiedOptions<Rendered>): void {
  refuseMalformed(after)
  if (keys !== 'pin' && (keys.length === 0 || !keys.every(isPublicKey)))
    throw new TypeError('A signing key is 32 bytes in base64url: 43 characters.')
}

/** The addresses of mirrors that the app names itself. Throws a TypeError for what is none. */
function mirrorsByHand(mirrors: VerifiedOptions<Rendered>['mirrors']): readonly string[] {
  const urls = Array.isArray(mirrors) ? (mirrors as readonly string[]) : []
  for (const url of urls) {
    const { protocol } = new URL(url)
    if (protocol !== 'http:' && protocol !== 'https:')
      throw new TypeError(`The address of a mirror begins with http: or https:, not ${protocol}`)
  }
  return urls
}

async function pinAtFirstSight(pin: KeyPin): Promise<void> {
  if ((await pin.keys()) === null) await pin.ask()
}

/** Does something once, and again the next time where it has failed. */
function againAfterFailure(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    const doing = done ?? act()
    done = doing
    doing.catch(() => {
      if (done === doing) done = undefined
    })
    return doing
  }
}
