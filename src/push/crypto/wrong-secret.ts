import { type Refusal, SubscriptionRefused, type SubscriptionStore } from '../subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../subscriptions/subscription-archive.ts'

/** Why nothing is pushed and how to correct it, for the log, the desk and `/readyz`. */
export const wrongSecret =
  'pushing is off: the push secret (the file push-secret in DATA_DIR, or PUSH_SECRET) does not open what is stored in the database. Put back the secret that belongs to this database, from the same backup, and start again; no subscription is lost, and alerts wait until they expire'

/** The store under a wrong secret: what needs the secret is refused; counting and deleting subscriptions still work. */
export function withoutSecret(store: SubscriptionStore & SubscriptionArchive): SubscriptionStore & SubscriptionArchive {
  const locked: Refusal = 'locked'
  const refuse = () => Promise.reject(new SubscriptionRefused(locked))
  return {
    put: refuse,
    get: refuse,
    change: refuse,
    interestOf: refuse,
    importOne: refuse,
    page: refuse,
    remove: (...given) => store.remove(...given),
    count: () => store.count(),
    hostKeyCounts: () => store.hostKeyCounts(),
  }
}
