import { randomUUID } from 'node:crypto'
import type { Hub } from '../../hub/hub.ts'
import type { PushKeys } from '../../push/crypto/vapid-key-set.ts'
import type { Alarms } from '../../push/outbox/alarms.ts'
import type { PushEngine } from '../push/push-engine.ts'
import type { Stores } from '../stores/stores.ts'
import type { Peers } from './peers.ts'
import { interestsMax, ProcessReports } from './process-reports.ts'

type Deps = {
  readonly stores: Pick<Stores, 'reports'>
  readonly hub: Pick<Hub, 'countByInterest'>
  readonly peers: Pick<Peers, 'owner'>
  readonly settings: Pick<PushKeys, 'vapidKeys'>
  readonly alarms: Pick<Alarms, 'raise'>
}

/** Exchanges reports with the other processes that share the database; null: the peers are all there are. */
export function exchangeReports(
  { stores, hub, peers, settings, alarms }: Deps,
  push: PushEngine,
): ProcessReports | null {
  const [{ keyId: vapidKeyId }] = settings.vapidKeys
  if (stores.reports === null) return null
  const processId = randomUUID()
  return new ProcessReports({
    store: stores.reports,
    own: () => ({
      readers: hub.countByInterest(interestsMax),
      alarms: push.alarms(),
      processId,
      sends: peers.owner,
      vapidKeyId,
    }),
    onReports(others) {
      const senders = others.filter(({ sends }) => sends)
      const ids = [processId, ...senders.flatMap((other) => other.processId ?? [])].sort()
      if (peers.owner) push.shareWith({ count: senders.length + 1, own: processId, ids })
      if (others.some((other) => other.vapidKeyId !== vapidKeyId))
        alarms.raise({ kind: 'key', host: null, detail: differentKeys })
    },
  })
}

const differentKeys =
  'nodes have different VAPID keys: readers who subscribe at one may get no push from another. During a change of the key this is so until every node is started again; otherwise set VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY to the same on each, or copy vapid.json'
