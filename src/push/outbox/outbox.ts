import type { Level } from '../../domain/alert-types.ts'
import type { Bounds, Entry, Seq } from '../../log/log.ts'
import type { Subscription } from '../subscriptions/subscription.ts'

/** A push that is due: whom to, in which language, and what a former attempt left to be sent again as it is. */
export type Due = {
  readonly subscription: Subscription
  /** The language to send, as `matches` gave it; `*` for a reader of every language. */
  readonly language: string
  /** The stored ciphertext of a former attempt: a retry sends the same bytes, because a key seals one text once. */
  readonly sealed: Uint8Array | null
  /** How often a push service took it up and did not keep it. */
  readonly attempts: number
  /** Whether the push service has said before that the subscription is gone: a young one is asked twice. */
  readonly lookedGone: boolean
}

/** How long a batch is lent before it comes back to others. Longer than any send may take. */
export const leaseMs = 60_000
/** A lease that ends later than this is from before the clock was set back: the batch may be lent to others by now. */
export const leaseMsMost = 2 * leaseMs

/** A piece of push work, on loan until `leaseUntilMs` (since 1970): it comes back to others if we die. */
export type Batch = {
  readonly id: string
  readonly entry: Entry
  readonly due: readonly Due[]
  readonly leaseUntilMs: number
  /** Subscriptions that the piece is for and whose address does not open: they are settled as failed. */
  readonly unreadable?: readonly string[]
  /** Looks again, cheaply: how the work stands may change while it is on loan. */
  readonly standing: () => Promise<DeliveryState>
}

/** `over`: superseded, stopped or expired, never to be sent; `paused`: not now; `due`: to be sent. */
export type DeliveryState = 'due' | 'paused' | 'over'

/** What became of one push. Times in milliseconds since 1970. */
export type Outcome =
  | {
      readonly subscriptionId: string
      readonly result: 'accepted'
      readonly atMs: number
      /** The VAPID key that the service took, where it is another than the stored one: to be stored. */
      readonly vapidKeyId?: string
    }
  | { readonly subscriptionId: string; readonly result: 'gone' | 'failed' }
  /** Again, not before this time, and with this ciphertext. */
  | ({ readonly subscriptionId: string; readonly result: 'again'; readonly notBeforeMs: number } & Pick<
      Due,
      'sealed' | 'attempts' | 'lookedGone'
    >)

/** How far one entry's push has come, in counts. Percentiles are seconds from the change to acceptance. */
export type Delivery = {
  readonly seq: Seq
  readonly due: number
  readonly accepted: number
  readonly gone: number
  readonly failed: number
  readonly waiting: number
  readonly stopped: number
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly percentiles: { readonly p50: number; readonly p90: number; readonly p99: number } | null
}

export interface PushOutbox {
  /**
   * The seq up to which the log's entries have been opened. Work left by another log (another epoch) that this one
   * has not reached is forgotten.
   */
  opened(bounds: Pick<Bounds, 'epoch' | 'head'>): Promise<Seq>
  /**
   * Makes an entry's pushes due, and stops what was not yet sent of the same alert's older entries. Entries come in
   * order; again is harmless.
   */
  open(entry: Entry): Promise<void>
  /**
   * Lends the most pressing piece of work, of at most `limit` pushes; null when nothing is due now. With `lowest`, only
   * of alerts of that level or a higher one. What the kill switch holds is not lent until it is resumed or expires.
   */
  claim(limit: number, lowest?: Level): Promise<Batch | null>
  /** One transaction: progress, goodbyes, retries. A batch whose lease was lost settles nothing twice. */
  settle(batch: Batch, outcomes: readonly Outcome[]): Promise<void>
  /**
   * Stops what was not yet sent of an alert's entries up to this seq, also of one that is not opened yet. What is on
   * its way may still arrive.
   */
  stop(alertId: string, through: Seq): Promise<void>
  /** Per change of an alert, oldest first. */
  delivery(alertId: string): Promise<readonly Delivery[]>
}
