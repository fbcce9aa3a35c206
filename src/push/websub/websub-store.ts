/** Who is told of a feed, and where. `key`: names callback and topic together; `host`: the callback's host. Both are keyed hashes. */
type Subscriber = {
  readonly key: string
  readonly host: string
  /** The address of the feed, as the subscriber gave it. */
  readonly topic: string
  /** Encrypted, like the secret. */
  readonly callback: Uint8Array
  /** What the subscriber has the messages signed with; null: they are not signed. */
  readonly secret: Uint8Array | null
}

/** The newest entry of the log that a content was made after, and the hash of the content. */
export type FeedState = { readonly seq: number; readonly hash: string }

/** What somebody has asked for, and the callback has not confirmed yet, with the feed as it was then. */
export type WebSubRequest = Subscriber &
  FeedState & {
    readonly mode: 'subscribe' | 'unsubscribe'
    readonly leaseSeconds: number
  }

/** `lease`: names the lease; `attempts`: how often it was tried before. */
type Leased = { readonly lease: string; readonly attempts: number }

export type LeasedRequest = WebSubRequest & Leased

/** A subscription whose feed may have changed. `hash`: of the content that the subscriber has. */
export type LeasedDelivery = Subscriber & Leased & { readonly hash: string }

/** `confirmed`: the callback wants it; `refused`: it does not, or did not answer for too long. */
export type RequestOutcome =
  | { readonly kind: 'confirmed' | 'refused' }
  | { readonly kind: 'again'; readonly afterMs: number }

/** `told`: the subscriber has this content; `ended`: the subscription is over. */
export type DeliveryOutcome =
  | ({ readonly kind: 'told' } & FeedState)
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'ended' }

export type WebSubClaim = {
  /** The newest entry: subscriptions that were told of another are due. */
  readonly head: number
  readonly lease: string
  readonly leaseMs: number
  /** Hosts to which something is under way. */
  readonly busy: readonly string[]
  readonly perHostMax: number
  readonly most: number
  readonly now: number
}

export type WebSubLimits = { readonly perHostMax: number; readonly allMax: number }
export type WebSubCounts = { readonly subscriptions: number; readonly requests: number }

/**
 * The hub's subscriptions, and what is asked of it. `now`: Unix milliseconds; a store whose database has a clock of its own
 * uses that one.
 */
export interface WebSubStore {
  /**
   * Keeps a request until it is settled; it takes the place of one for the same callback and topic. `host-full`, `full`:
   * there are as many subscriptions of this host, or of all, as the limits allow, and nothing is kept. A renewal counts once.
   */
  ask(request: WebSubRequest, limits: WebSubLimits, now: number): Promise<'kept' | 'host-full' | 'full'>
  /**
   * Leases what is due. `nextMs`: after how many milliseconds more is due, of hosts that nothing is under way to then; null:
   * nothing waits.
   */
  claim(claim: WebSubClaim): Promise<{
    readonly requests: readonly LeasedRequest[]
    readonly deliveries: readonly LeasedDelivery[]
    readonly nextMs: number | null
  }>
  /**
   * Stores what became of a request, if its lease still counts; with a confirmed one the subscription begins, is renewed or
   * ends. One that begins is told of what has changed since it was asked for.
   */
  settleRequest(request: LeasedRequest, outcome: RequestOutcome, now: number): Promise<void>
  /** Stores what became of a delivery, if its lease still counts. */
  settleDelivery(delivery: LeasedDelivery, outcome: DeliveryOutcome, now: number): Promise<void>
  /** Deletes the subscriptions whose lease seconds are over. */
  prune(now: number): Promise<void>
  counts(): Promise<WebSubCounts>
}
