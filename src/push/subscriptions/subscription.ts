import type { Authority } from '../../auth/editor.ts'
import type { Interest } from '../../domain/interest.ts'
import { Problem } from '../../domain/problem.ts'

/** What a browser's `PushSubscription.toJSON()` gives, checked: an https endpoint and two canonical base64url keys. */
export type PushAddress = {
  readonly endpoint: string
  /** The browser's P-256 public key: 65 bytes, uncompressed. */
  readonly p256dh: string
  /** The browser's secret: 16 bytes. */
  readonly auth: string
}

/** A stored push address, and what its reader wants. Nothing else about the reader is known. */
export type Subscription = PushAddress & {
  readonly id: string
  readonly interest: Interest
  readonly discreet: boolean
  /** Which of our VAPID keys the browser subscribed with. */
  readonly vapidKeyId: string
  readonly createdAt: string
}

export type NewSubscription = Omit<Subscription, 'id' | 'createdAt'>

export interface SubscriptionStore {
  /**
   * Saves an address. The same endpoint with the same keys is the same row: it gets the new interest and a fresh
   * token, and keeps its VAPID key id, to which the browser stays bound. The same endpoint with other keys is refused
   * with a Problem (409 `endpoint-taken`) and changes nothing; so is one at a new host below a suffix that has too many
   * (400 `endpoint-refused`).
   * The token is given once; only its hash is stored. A subscription to test alerts ends with the key of `by`, who must
   * still be allowed to subscribe (401, 403).
   */
  put(subscription: NewSubscription, now: string, by?: Authority): Promise<{ id: string; token: string; made: boolean }>
  /** The subscription, or null when there is none or the token is not its own (the caller cannot tell which). */
  get(id: string, token: string): Promise<Subscription | null>
  change(id: string, token: string, interest: Interest, discreet: boolean): Promise<Subscription | null>
  /** Whether there was one with that token; it is gone afterwards. */
  remove(id: string, token: string): Promise<boolean>
  /** What is wished for at this very address, keys included; null when it is not there. */
  interestOf(address: PushAddress): Promise<Interest | null>
  /** How many subscriptions there are of each distinct interest. */
  count(): Promise<readonly { readonly interest: Interest; readonly count: number }[]>
}

/**
 * Why a subscription cannot be saved, as a word that crosses threads and objects. `taken`: the endpoint is there with
 * other keys; `crowded`: its host is new, and so many others below its suffix are there already; `locked`: the secret is
 * not the one that the stored addresses were closed under.
 */
export type Refusal = 'taken' | 'crowded' | 'locked'

const lockedSeconds = 60
const refusals: Readonly<Record<Refusal, readonly [status: number, code: string, detail: string]>> = {
  taken: [
    409,
    'endpoint-taken',
    'This push address is subscribed already, with other keys. Unsubscribe in the browser, subscribe again and send the new address.',
  ],
  crowded: [
    400,
    'endpoint-refused',
    'The endpoint is at a host that nobody is subscribed at, and so many hosts of its push service are in use that no further one is taken. If it is real, whoever runs this service can name it in PUSH_HOSTS.',
  ],
  locked: [
    503,
    'push-secret',
    'Push addresses cannot be saved or read at this moment: the secret that they are encrypted under is not the right one. Whoever runs this service has been told; nothing was changed. Send the same again later.',
  ],
}

/** The refusal as a Problem. */
export function refusalOf(why: Refusal): Problem {
  return new Problem(...refusals[why], why === 'locked' ? { retryAfterSeconds: lockedSeconds } : {})
}

/** The word of a refusal, also where only its sentence has come through; null for any other trouble. */
export function refusalIn(error: unknown): Refusal | null {
  const message = error instanceof Error ? error.message : ''
  for (const [why, [, , detail]] of Object.entries(refusals)) if (message.endsWith(detail)) return why as Refusal
  return null
}
