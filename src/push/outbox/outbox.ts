import type { Delivery } from '../../desk/delivery-schema.ts'
import type { Level } from '../../domain/alert-types.ts'
import type { Bounds, Entry, Seq } from '../../log/log.ts'
import type { Subscription } from '../subscriptions/subscription.ts'

/** A due push: its subscription, its language, and the ciphertext of a former attempt, which is sent again as it is. */
export type Due = {
  readonly subscription: Subscription
  /** The language to send, as `matches` gave it; `*` for a reader of every language. */
  readonly language: string
  /** The stored ciphertext of a former attempt. A retry sends the same bytes, because a key encrypts one text once. */
  readonly sealed: Uint8Array | null
  /** How many attempts a push service answered without accepting the push. */
  readonly attempts: number
  /**
   * Whether the push service has said before that the subscription is gone: a young one is deleted only at the second
   * time.
   */
  readonly lookedGone: boolean
}

/** The duration of a lease, after which the batch is due again. Longer than any send may take. */
export const leaseMs = 60_000
/**
 * A lease that ends later than this was made before the clock was set back. Another owner may have the batch by now.
 */
export const leaseMsMax = 2 * leaseMs

/** A subscription whose address cannot be decrypted, and the language of its push. */
export type Unreadable = { readonly id: string; readonly language: string }

/** A batch of pushes, leased until `leaseUntilMs` (since 1970). If its owner dies, it is due again then. */
export type Batch = {
  readonly id: string
  readonly entry: Entry
  readonly due: readonly Due[]
  readonly leaseUntilMs: number
  /** How far this process's clock is ahead of the outbox's, in milliseconds; absent: they are the same clock. */
  readonly clockAheadMs?: number
  /** Subscriptions of the batch whose address cannot be decrypted: they are settled as failed. */
  readonly unreadable?: readonly Unreadable[]
  /** Reads the batch's delivery state again. It is cheap, and the state may change during the lease. */
  readonly deliveryState: () => Promise<DeliveryState>
}

/** `over`: superseded, stopped or expired, never to be sent; `paused`: not now; `due`: to be sent. */
export type DeliveryState = 'due' | 'paused' | 'over'

/** The outcome of one push. Times are in milliseconds since 1970. */
export type Outcome =
  | {
      readonly subscriptionId: string
      readonly result: 'accepted'
      readonly atMs: number
      /** The VAPID key that the service accepted, if it differs from the stored one: to be stored. */
      readonly vapidKeyId?: string
    }
  | { readonly subscriptionId: string; readonly result: 'gone' | 'failed' }
  /** To be sent again, not before this time, with this ciphertext. */
  | ({ readonly subscriptionId: string; readonly result: 'again'; readonly notBeforeMs: number } & Pick<
      Due,
      'sealed' | 'attempts' | 'lookedGone'
    >)

/** The number of pushes by outcome. */
export type PushCounts = Readonly<Record<Outcome['result'], number>>

/** The counts before the first push. */
export const noPushes: PushCounts = { accepted: 0, gone: 0, failed: 0, again: 0 }

/** How many pushes a push service, by its host, can take now. */
export type ServiceRoom = { readonly host: string; readonly pushes: number }

export interface PushOutbox {
  /**
   * The seq up to which the log's entries have been opened. Work from another log (another epoch), if this log has not
   * reached it, is deleted.
   */
  opened(bounds: Pick<Bounds, 'epoch' | 'head'>): Promise<Seq>
  /**
   * Makes an entry's pushes due, and stops unsent pushes of the same alert's older entries. Entries come in order.
   * Repeating a call has no effect.
   */
  open(entry: Entry): Promise<void>
  /**
   * Leases the most urgent batch of at most `limit` pushes; null when nothing is due. With `lowest`, only of alerts of
   * that level or a higher one. Work that is paused is not leased until it is resumed or expires. Of pushes that are due
   * again, no more than `rooms` says need be leased for a service; those that are not named have room for all.
   */
  claim(limit: number, lowest?: Level, rooms?: readonly ServiceRoom[]): Promise<Batch | null>
  /**
   * Stores progress, deletions and retries in one transaction. A batch whose lease was lost is not settled twice. Pushes
   * that are `underWay` (by subscription id) stay leased, and the batch is settled again for them; whatever else that
   * settlement says, it stores nothing twice.
   */
  settle(batch: Batch, outcomes: readonly Outcome[], underWay?: ReadonlySet<string>): Promise<void>
  /**
   * Stops unsent pushes of an alert's entries up to this seq, even of one that is not opened yet. Pushes that were sent
   * may still arrive.
   */
  stop(alertId: string, through: Seq): Promise<void>
  /** The deliveries of each change of an alert, oldest first. */
  delivery(alertId: string): Promise<readonly Delivery[]>
}
