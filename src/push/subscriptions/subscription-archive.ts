import type { Authority } from '../../auth/editor.ts'
import type { NewSubscription, Subscription } from './subscription.ts'

/** Some of the subscriptions, and where to go on; null: these were the last. */
export type SubscriptionPage = {
  readonly subscriptions: readonly Subscription[]
  readonly next: number | null
  /** How many of them could not be read (damaged rows), and are not among these; 0 when absent. */
  readonly unreadable?: number
}

/** How many subscriptions there are at one push service, made with one of our VAPID keys. */
export type HostKeyCount = { readonly host: string; readonly vapidKeyId: string; readonly subscriptions: number }

/** The subscriptions as a whole: for the operator who moves them in or out, and who looks after the push services. */
export interface SubscriptionArchive {
  /**
   * Takes in an address from elsewhere, made at a time. What is there already stays as it is, with its wish and its
   * token: a reader who came by meanwhile knows better. Throws a Problem (409 `endpoint-taken`) when the endpoint is
   * there with other keys, and 401 or 403 when `by` may not bring them any more. Nobody is given the token; the reader's browser claims the row on its next visit.
   */
  bring(subscription: NewSubscription, createdAt: string, by?: Authority): Promise<'made' | 'kept'>
  /** At most `limit` subscriptions after a place in their order (0: the beginning), with their secrets. */
  page(after: number, limit: number): Promise<SubscriptionPage>
  /** Without an order; hosts of rows from before hosts were kept are ''. */
  hostKeyCounts(): Promise<readonly HostKeyCount[]>
}
