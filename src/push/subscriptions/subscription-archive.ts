import type { Authority } from '../../auth/editor.ts'
import type { NewSubscription, Subscription } from './subscription.ts'

/** A page of subscriptions, and the position after it; null: there are no more. */
export type SubscriptionPage = {
  readonly subscriptions: readonly Subscription[]
  readonly next: number | null
  /** The number of damaged rows, which are not in the page; 0 when absent. */
  readonly unreadable?: number
}

/** The number of subscriptions at one push service that were made with one of our VAPID keys. */
export type HostKeyCount = { readonly host: string; readonly vapidKeyId: string; readonly subscriptions: number }

/** All subscriptions, for the operator who exports, imports or counts them. */
export interface SubscriptionArchive {
  /**
   * Imports an address that was made elsewhere at that time. An existing row keeps its interest and token, because the
   * reader may have changed them since. Throws a Problem: 409 `endpoint-taken` when the endpoint exists with other
   * keys, and 401 or 403 when `by` may no longer import. The token is given to nobody: the reader's browser claims the
   * row on its next visit.
   */
  importOne(subscription: NewSubscription, createdAt: string, by?: Authority): Promise<'made' | 'kept'>
  /** At most `limit` subscriptions after a position (0: the beginning), with their secrets. */
  page(after: number, limit: number): Promise<SubscriptionPage>
  /** In no order. Rows that were stored without a host have the host ''. */
  hostKeyCounts(): Promise<readonly HostKeyCount[]>
}
