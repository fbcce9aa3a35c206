import type { Authority } from '../../auth/editor.ts'
import type { Interest } from '../../domain/interest.ts'
import { Problem } from '../../domain/problem.ts'

/** A checked `PushSubscription.toJSON()`: an https endpoint and two canonical base64url keys. */
export type PushAddress = {
  readonly endpoint: string
  /** The browser's P-256 public key: 65 bytes, uncompressed. */
  readonly p256dh: string
  /** The browser's authentication secret: 16 bytes. */
  readonly auth: string
}

/** A stored push address and its reader's interest. Nothing else about the reader is known. */
export type Subscription = PushAddress & {
  readonly id: string
  readonly interest: Interest
  readonly discreet: boolean
  /** The VAPID key that the browser subscribed with. */
  readonly vapidKeyId: string
  readonly createdAt: string
}

export type NewSubscription = Omit<Subscription, 'id' | 'createdAt'>

export interface SubscriptionStore {
  /**
   * Stores an address. The same endpoint with the same keys is the same row: it gets the new interest and a new token,
   * and keeps its VAPID key id, to which the browser is bound. Throws a Problem and changes nothing: 409
   * `endpoint-taken` for the same endpoint with other keys, 400 `endpoint-refused` for a new host below a suffix that
   * has too many.
   * The token is given once; only its hash is stored. A subscription to test alerts ends with the key of `by`, who must
   * be allowed to subscribe (401, 403).
   */
  put(subscription: NewSubscription, now: string, by?: Authority): Promise<{ id: string; token: string; made: boolean }>
  /** The subscription; null when there is none or the token is wrong (the caller cannot tell which). */
  get(id: string, token: string): Promise<Subscription | null>
  change(id: string, token: string, interest: Interest, discreet: boolean): Promise<Subscription | null>
  /** Deletes a subscription. Gives whether there was one with that token. */
  remove(id: string, token: string): Promise<boolean>
  /** The interest stored at this exact address, keys included; null when there is none. */
  interestOf(address: PushAddress): Promise<Interest | null>
  /** The number of subscriptions for each distinct interest. */
  count(): Promise<readonly { readonly interest: Interest; readonly count: number }[]>
}

/**
 * Why a subscription cannot be stored, as a word that crosses threads and objects. `taken`: the endpoint exists with
 * other keys, which is said openly so that a browser makes a new one, though it tells who knows an endpoint that it is
 * subscribed (docs/protocol.md, "What a push address gives away"); `crowded`: its host is new, and its suffix has too many hosts already; `locked`: the stored addresses
 * were encrypted under another secret.
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

/** Thrown when a subscription cannot be stored or read; `why` is the reason as a word. */
export class SubscriptionRefused extends Problem {
  readonly why: Refusal

  constructor(why: Refusal) {
    super(...refusals[why], why === 'locked' ? { retryAfterSeconds: lockedSeconds } : {})
    this.why = why
  }
}

/** Whether a value is the word of a refusal. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'string' && Object.hasOwn(refusals, value)
}
