import type { EditorStore } from '../../auth/editor.ts'
import type { AlertLog } from '../../log/log.ts'
import type { SendingNodes } from '../../push/outbox/block-homes.ts'
import type { PushOutbox } from '../../push/outbox/outbox.ts'
import type { PushAddress, SubscriptionStore } from '../../push/subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../../push/subscriptions/subscription-archive.ts'
import type { SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import type { PushStorageDeps } from './push-storage.ts'

/** What the thread of the reads reads, on connections of its own. */
export type ReadStores = {
  readonly log: AlertLog
  readonly editors: Pick<EditorStore, 'holder'>
  /** Indexes more of the log's old entries; true: all are. Null: this database needs no such work. */
  readonly indexMore: SqliteLog['indexMore'] | null
  close(): void | Promise<void>
}

/** The stored push addresses in the order of their rows. */
export type Addresses = {
  after(rowId: number, limit: number): AddressRows | Promise<AddressRows>
  /** Goes up when earlier rows have come to be among them. */
  readonly generation: number
}
type AddressRows = readonly { readonly rowId: number; open(): Promise<PushAddress> }[]

/** What a push thread works on, on connections of its own. */
export type PushWorkStores = {
  readonly outbox: Pick<PushOutbox, 'claim' | 'settle'>
  readonly addresses: Addresses
  close(): void | Promise<void>
}

export type PushWorkDeps = Omit<PushStorageDeps, 'pushHosts'> & {
  /** The owner of the leases. */
  readonly owner: string
  /** The part of the addresses (from 0) for which push keys are prepared here, and how many parts there are. */
  readonly part: number
  readonly parts: number
  /** The nodes that send now; null: not known, or this is the only one. */
  readonly nodes: () => SendingNodes | null
}

/** What the thread of the subscriptions writes to, on connections of its own. */
export type SubscriptionStores = {
  readonly subscriptions: SubscriptionStore & SubscriptionArchive
  readonly outbox: Pick<PushOutbox, 'open' | 'opened'>
  close(): void | Promise<void>
}
