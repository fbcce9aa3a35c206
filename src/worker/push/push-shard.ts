import { v7 as uuidv7 } from 'uuid'
import { droppedInterestsLine } from '../../domain/newsroom-dropped.ts'
import type { AlertLog, Bounds, Seq } from '../../log/log.ts'
import { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { keyedHash, topicOf } from '../../push/crypto/hmac.ts'
import { withoutSecret, wrongSecret } from '../../push/crypto/wrong-secret.ts'
import { Alarms, PushAlarm } from '../../push/outbox/alarms.ts'
import type { PushOutbox } from '../../push/outbox/outbox.ts'
import { openNew } from '../../push/outbox/outbox-opening.ts'
import { payloadOf } from '../../push/send/payload.ts'
import { Pusher } from '../../push/send/pusher.ts'
import { Semaphore } from '../../push/send/semaphore.ts'
import { sendTestPush, type TestResult } from '../../push/send/test-push.ts'
import type { SubscriptionStore } from '../../push/subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../../push/subscriptions/subscription-archive.ts'
import { seedBytes } from '../../signing/key-ring.ts'
import type { Sql } from '../../store/sql.ts'
import { endLeases } from '../../store/sqlite/outbox/outbox-leases.ts'
import { SqliteOutbox } from '../../store/sqlite/outbox/sqlite-outbox.ts'
import { verifySecret } from '../../store/sqlite/secret-canary.ts'
import { copyPause } from '../../store/sqlite/sqlite-pause.ts'
import { SqliteSubscriptions } from '../../store/sqlite/sqlite-subscriptions.ts'
import { newsroom } from '../bundled-newsroom.ts'
import { logNotice, report } from '../report.ts'
import type { LogCalls, ShardKeys } from '../rpc.ts'
import { workerSigner } from '../signing/worker-signer.ts'
import { pushHostsOf } from '../worker-settings.ts'
import { edgeSendPush } from './edge-send-push.ts'
import { checkBeforeClaims, endTests } from './ended-tests.ts'
import { idInShard } from './shard-of.ts'

/** The platform's limit of requests that wait for a response's head (https://developers.cloudflare.com/workers/platform/limits/). */
const requestsMax = 6
/** The most of them to hosts that have never answered. */
const unknownHostsMax = 2
/** Few and small batches: an object that ends repeats the pushes of its leased batches that were sent but not settled. */
const batchMax = 200
const batchesMax = 2

type ShardParts = {
  readonly sql: Sql
  readonly log: Pick<LogCalls, 'after' | 'bounds' | 'pause' | 'editorIds'>
  readonly keys: ShardKeys
  readonly settings: Readonly<Record<string, unknown>>
  /** The number that new ids end in. */
  readonly shard: () => number
  /** The origin of the links in notifications. */
  readonly publicUrl: () => string
}

/** The parts of a push object: the stores in its database, and the sender. */
export type PushShard = {
  readonly subscriptions: SubscriptionStore & SubscriptionArchive
  readonly outbox: SqliteOutbox
  readonly pusher: Pusher
  /** Whether the secret is the wrong one, so that nothing may be sent or saved. */
  readonly locked: boolean
  readonly alarms: Alarms
  readonly sendTest: (subscriptionId: string, token: string) => Promise<TestResult>
  /** Reads the pause and the new entries from the log; gives the seq that it has reached. */
  readonly read: () => Promise<Seq>
}

/**
 * Opens the stores of a shard. Leases of an earlier run end at once: only one object uses this database, so their owner
 * no longer exists.
 */
export async function openShard({ sql, log, keys, settings, shard, publicUrl }: ShardParts): Promise<PushShard> {
  let bounds: Bounds = await log.bounds()
  const alarms = new Alarms(Date.now)
  const owner = crypto.randomUUID()
  const world = { now: Date.now, newId: () => idInShard(uuidv7(), shard()), report: alarms.raising(report) }
  const addressEncryption = await AddressEncryption.make(keys.secret)
  const hosts = pushHostsOf(settings)
  const isProven = await verifySecret(sql, addressEncryption)
  const kept = new SqliteSubscriptions({ sql, addressEncryption, newId: world.newId, hosts, editors: 'elsewhere' })
  const subscriptions = isProven ? kept : withoutSecret(kept)
  if (!isProven) world.report(new PushAlarm('secret', null, wrongSecret), 'opening a shard')
  const dropped = droppedInterestsLine(newsroom, await kept.count())
  if (dropped !== null) logNotice(dropped)
  const outbox = new SqliteOutbox({ sql, addressEncryption, owner, ...world })
  endLeases(sql, (other) => other !== owner)
  const sendPush = edgeSendPush(keys, settings, world)
  const topicHash = await keyedHash(keys.secret, 'topic')
  const topic = (name: string) => topicOf(topicHash, name)
  const permits = new Semaphore(() => requestsMax)
  const signer = workerSigner(seedBytes(keys.signingKey))
  const { succession, mirrors } = keys
  const deps = () => ({ newsroom, publicUrl: publicUrl(), epoch: bounds.epoch, signer, succession, mirrors })
  const check = checkBeforeClaims({ end: () => endTests(sql, log), ...world })
  const pusher = new Pusher({
    outbox: checked(outbox, check),
    sendPush,
    payload: ({ entry }, language, discreet) => payloadOf(entry, language, discreet, deps()),
    topic,
    limits: { batchMax, batchesMax, semaphore: permits, unknownHosts: new Semaphore(() => unknownHostsMax) },
    random: Math.random,
    ...world,
  })
  return {
    subscriptions,
    outbox,
    pusher,
    locked: !isProven,
    alarms,
    async sendTest(id, token) {
      await permits.acquire(true)
      try {
        return await sendTestPush({ subscriptions, sendPush, topic, payloadDeps: deps(), now: Date.now }, id, token)
      } finally {
        permits.release()
      }
    },
    async read() {
      // The pause is read first, so that no entry is opened during a pause.
      copyPause(sql, await log.pause())
      const see = (seen: Bounds) => {
        bounds = seen
      }
      await endTests(sql, log)
      await openNew(seeing(sql, log, see), outbox)
      return outbox.opened(bounds)
    },
  }
}

function seeing(sql: Sql, log: ShardParts['log'], see: (bounds: Bounds) => void): Pick<AlertLog, 'after' | 'bounds'> {
  return {
    async after(cursor, limit) {
      const page = await log.after(cursor, limit)
      // After the entries were read: an editor whose key was revoked before a test alert was published is not sent it.
      if (page.some(({ alert }) => alert.audience === 'test')) await endTests(sql, log)
      return page
    },
    async bounds() {
      const bounds = await log.bounds()
      see(bounds)
      return bounds
    },
  }
}

/** The outbox with a check before each claim. */
function checked(outbox: PushOutbox, check: () => Promise<void>): PushOutbox {
  return new Proxy(outbox, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (name === 'claim')
        return (...asked: Parameters<PushOutbox['claim']>) => check().then(() => target.claim(...asked))
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
