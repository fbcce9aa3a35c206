import { hash, randomUUID } from 'node:crypto'
import type { Newsroom } from '../../domain/newsroom.ts'
import type { Hub } from '../../hub/hub.ts'
import type { PushKeys } from '../../push/crypto/vapid-key-set.ts'
import type { Alarms } from '../../push/outbox/alarms.ts'
import type { Logger } from '../logger.ts'
import type { PushEngine } from '../push/push-engine.ts'
import type { Stores } from '../stores/stores.ts'
import type { StreamsReachedCounts } from '../streams/streams-reached.ts'
import type { Peers } from './peers.ts'
import { interestsMax, ProcessReports } from './process-reports.ts'

type Deps = {
  readonly stores: Pick<Stores, 'reports'>
  readonly hub: Pick<Hub, 'countByInterest'>
  readonly peers: Pick<Peers, 'owner'>
  readonly settings: Pick<PushKeys, 'vapidKeys'>
  readonly alarms: Pick<Alarms, 'raise' | 'end'>
  readonly newsroom: Newsroom
  readonly logger: Pick<Logger, 'alert'>
  readonly streamsReached: Pick<StreamsReachedCounts, 'recent' | 'heard'>
}

/** Exchanges reports with the other processes that share the database; null: the peers are all there are. */
export function exchangeReports(
  { stores, hub, peers, settings, alarms, newsroom, logger, streamsReached }: Deps,
  push: PushEngine,
): ProcessReports | null {
  const [{ keyId: vapidKeyId }] = settings.vapidKeys
  if (stores.reports === null) return null
  const processId = randomUUID()
  const newsroomHash = hash('sha256', JSON.stringify(newsroom), 'base64url')
  const raise = (kind: 'key' | 'newsroom', detail: string) => {
    if (alarms.raise({ kind, host: null, detail }) && peers.owner) logger.alert(`${detail}.`)
  }
  return new ProcessReports({
    store: stores.reports,
    own: () => ({
      readers: hub.countByInterest(interestsMax),
      alarms: push.alarms(),
      processId,
      sends: peers.owner,
      vapidKeyId,
      newsroomHash,
      reached: streamsReached.recent(),
    }),
    onReports(others) {
      streamsReached.heard(others)
      const senders = others.filter(({ sends }) => sends)
      const ids = [processId, ...senders.flatMap((other) => other.processId ?? [])].sort()
      if (peers.owner) push.shareWith({ count: senders.length + 1, own: processId, ids })
      const isOtherKey = others.some((other) => other.vapidKeyId !== vapidKeyId)
      if (isOtherKey) raise('key', differentKeys)
      // A service that refuses our tokens raises the same kind: that alarm is not ended here.
      else alarms.end('key', differentKeys)
      if (others.some((other) => (other.newsroomHash ?? newsroomHash) !== newsroomHash))
        raise('newsroom', differentNewsrooms)
      else alarms.end('newsroom')
    },
  })
}

const differentNewsrooms =
  'nodes have different newsroom files: other languages, topics or rules hold at each of them. During a change of the file this is so until every node is started again; otherwise set NEWSROOM to the same file on each'

const differentKeys =
  'nodes have different VAPID keys: readers who subscribe at one may get no push from another. During a change of the key this is so until every node is started again; otherwise set VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY to the same on each, or copy vapid.json'
