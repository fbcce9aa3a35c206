import type { PushOutbox } from '../../push/outbox/outbox.ts'
import type { SubscriptionStore } from '../../push/subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../../push/subscriptions/subscription-archive.ts'
import type { SqliteOutbox } from '../../store/sqlite/outbox/sqlite-outbox.ts'

/** What the push engine reads and writes in the database, from the thread that opened it. */
export type PushStorage = {
  /** Whether the secret is the one that the stored addresses were encrypted with. */
  readonly isProven: boolean
  readonly outbox: PushOutbox & Pick<SqliteOutbox, 'stopNewest'>
  readonly subscriptions: SubscriptionStore & SubscriptionArchive
  /** The outbox of one who sends; its leases have this owner. */
  outboxOf(owner: string): Pick<PushOutbox, 'claim' | 'settle'>
  /** Makes due what an ended thread of this process has leased. */
  endLeasesOf(owner: string): Promise<unknown>
  /** Makes due what was leased by a process that certainly does not exist any more. */
  endLostLeases(): Promise<unknown>
}

export type PushStorageDeps = {
  /** The secret that addresses are encrypted with; 32 bytes. */
  readonly secret: Uint8Array
  /** The hosts that push addresses may have. */
  readonly pushHosts: readonly string[]
  readonly now: () => number
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly report: (error: unknown, doing: string) => void
}

export type OpenPushStorage = (deps: PushStorageDeps) => Promise<PushStorage>
