import type { AlertLog } from '../../log/log.ts'
import { Vault } from '../../push/crypto/address-encryption.ts'
import { keyedHash, topicOf } from '../../push/crypto/hmac.ts'
import { publicVapid, type VapidSettings } from '../../push/crypto/public-vapid.ts'
import { withoutSecret, wrongSecret } from '../../push/crypto/wrong-secret.ts'
import { type Alarm, Alarms, PushAlarm } from '../../push/outbox/alarms.ts'
import type { PushOutbox } from '../../push/outbox/outbox.ts'
import { Opening } from '../../push/outbox/outbox-opening.ts'
import { sendTestPush, type TestResult } from '../../push/send/test-push.ts'
import { makeSubscribe } from '../../push/subscriptions/subscribe.ts'
import type { Subscribe } from '../../push/subscriptions/subscribe-limits.ts'
import type { SubscriptionStore } from '../../push/subscriptions/subscription.ts'
import { refusalOf } from '../../push/subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../../push/subscriptions/subscription-archive.ts'
import type { Sql } from '../../store/sql.ts'
import { endLeases } from '../../store/sqlite/outbox/outbox-leases.ts'
import { SqliteOutbox } from '../../store/sqlite/outbox/sqlite-outbox.ts'
import { proveSecret } from '../../store/sqlite/secret-canary.ts'
import { SqliteSubscriptions } from '../../store/sqlite/sqlite-subscriptions.ts'
import { isLostOwner, newOwner } from './lease-owner.ts'
import { leanVaultCrypto } from './node-address-encryption.ts'
import { leanSeal } from './node-seal.ts'
import { type KeptPushStore, startPushStore } from './push-store.ts'
import { startPushThreads } from './push-threads.ts'
import { makeCourier, type PushWork, type PushWorld, type SenderSettings, startPushWork } from './push-work.ts'

export type PushRoomParts = SenderSettings &
  PushWorld & {
    readonly sql: Sql
    readonly log: Pick<AlertLog, 'after' | 'bounds'>
    /** The threads that send, and the file that `sql` is open on; without it this thread does it (for tests). */
    readonly threads?: { readonly count: number; readonly preparedMax: number; readonly databasePath: string }
  }

/** The push path, running. */
export type PushRoom = {
  readonly subscriptions: SubscriptionStore & SubscriptionArchive
  /** Takes what was sent to `POST /v1/subscriptions`. */
  readonly subscribe: Subscribe
  readonly outbox: PushOutbox & Pick<SqliteOutbox, 'stopNewest'>
  readonly vapid: { readonly keyId: string; readonly publicKey: string }
  /** How many pushes ended in which way since the start. */
  readonly tally: Readonly<Record<'accepted' | 'gone' | 'failed' | 'again', number>>
  /** What a person should look at, newest first; of this process. */
  alarms(): readonly Alarm[]
  /** Sends one reader a small notification, at once. */
  sendTest(subscriptionId: string, token: string): Promise<TestResult>
  /** Null when all is well, else why nothing is pushed. */
  notReady(): string | null
  /** How many push keys are made ahead now. */
  prepared(): number
  /** The log may have grown. */
  ring(): void
  /** Finishes or gives back what is on loan, then closes the connections. Subscriptions are still kept. */
  stop(): Promise<void>
  /** After `stop`: the end of the subscriptions too, once those that were asked for are kept. */
  close(): Promise<void>
}

const pollMs = 5_000

/**
 * Starts following the log and pushing. What a process that is not there any more left on loan is taken up at once.
 */
export async function startPush(parts: PushRoomParts): Promise<PushRoom> {
  const { sql, log, now, newId } = parts
  const alarms = new Alarms(now)
  const report = alarms.raising(parts.report)
  const settings = settingsOf(parts)
  const world = { now, newId, report }
  const vault = await Vault.make(settings.secret, leanVaultCrypto(settings.secret))
  const outbox = new SqliteOutbox({ sql, vault, now, newId, report })
  if (!(await proveSecret(sql, vault))) return lockedRoom(parts, vault, outbox, alarms, report)
  const { threads } = parts
  const wanted = { ...settings, vapid: publicVapid(settings) }
  const store = threads === undefined ? null : startStore(threads.databasePath, wanted, world)
  const subscriptions = store ?? new SqliteSubscriptions({ sql, vault, newId, hosts: settings.pushHosts })
  endLeases(sql, isLostOwner)
  const { epoch } = await log.bounds()
  const work = await startWork({ ...parts, report }, settings, world, epoch)
  const tester = makeCourier(settings, world, leanSeal)
  const topicHash = await keyedHash(settings.secret, 'topic')
  const topic = (name: string) => topicOf(topicHash, name)
  const house = { newsroom: settings.newsroom, publicUrl: settings.publicUrl, epoch }
  const opening = new Opening(log, store ?? outbox)
  const follower = follow(async (signal) => {
    if ((await opening.openNew(signal)) > 0) work.ring()
  }, report)
  store?.onReplaced(follower.ring)
  follower.ring()

  return {
    subscriptions,
    subscribe: store?.subscribe ?? makeSubscribe({ ...wanted, subscriptions, now }),
    outbox,
    vapid: { keyId: settings.vapidKeys[0].keyId, publicKey: settings.vapidKeys[0].publicKey },
    tally: work.tally,
    prepared: work.prepared,
    ring: follower.ring,
    alarms: () => alarms.list(),
    notReady: () => null,
    sendTest: (id, token) => sendTestPush({ subscriptions, courier: tester.courier, topic, house, now }, id, token),
    async stop() {
      await follower.stop()
      await work.stop()
      tester.close()
    },
    async close() {
      await store?.stop()
    },
  }
}

const toldAgainMs = 60 * 60_000

/**
 * The push path under a wrong secret: alerts are opened, so that it is seen how many wait, and nothing is sent or saved
 * until it is started with the right one. It goes on telling.
 */
function lockedRoom(
  { sql, log, newId, vapidKeys }: PushRoomParts,
  vault: Vault,
  outbox: SqliteOutbox,
  alarms: Alarms,
  report: PushWorld['report'],
): PushRoom {
  const tell = (): void => report(new PushAlarm('secret', null, wrongSecret), 'starting to push')
  tell()
  const timer = setInterval(tell, toldAgainMs)
  timer.unref()
  const opening = new Opening(log, outbox)
  const follower = follow(async (signal) => void (await opening.openNew(signal)), report)
  follower.ring()
  const locked = () => Promise.reject(refusalOf('locked'))
  return {
    subscriptions: withoutSecret(new SqliteSubscriptions({ sql, vault, newId })),
    subscribe: locked,
    outbox,
    vapid: { keyId: vapidKeys[0].keyId, publicKey: vapidKeys[0].publicKey },
    tally: { accepted: 0, gone: 0, failed: 0, again: 0 },
    prepared: () => 0,
    ring: follower.ring,
    alarms: () => alarms.list(),
    notReady: () => wrongSecret,
    sendTest: locked,
    async stop() {
      clearInterval(timer)
      await follower.stop()
    },
    async close() {},
  }
}

function startStore(
  databasePath: string,
  { newsroom, pushHosts, vapid, secret }: SenderSettings & { readonly vapid: VapidSettings },
  { now, report }: PushWorld,
): KeptPushStore {
  return startPushStore({ databasePath, secret, wanted: { newsroom, pushHosts, vapid }, now, report })
}

function startWork(
  { sql, threads, now, report }: PushRoomParts,
  settings: SenderSettings,
  world: PushWorld,
  epoch: string,
): PushWork | Promise<PushWork> {
  if (threads === undefined) return startPushWork({ sql, settings, world, seal: leanSeal, epoch, owner: newOwner() })
  const order = { databasePath: threads.databasePath, settings, epoch }
  const { count, preparedMax } = threads
  return startPushThreads({ sql, count, preparedMax, order, world: { now, report } })
}

/** Only what can be copied into a thread. */
function settingsOf(parts: PushRoomParts): SenderSettings {
  const { newsroom, vapidKeys, vapidSubject, secret, publicUrl, pushHosts, connectTo, ca } = parts
  const where = { ...(connectTo === undefined ? {} : { connectTo }), ...(ca === undefined ? {} : { ca }) }
  return { newsroom, vapidKeys, vapidSubject, secret, publicUrl, pushHosts, ...where }
}

/** Runs `read` once for each ring that comes while it rests and once for all that come while it runs, and slowly anyway. */
function follow(read: (signal: AbortSignal) => Promise<void>, report: (trouble: unknown, doing: string) => void) {
  let running: Promise<void> | null = null
  let rung = false
  const stopped = new AbortController()
  const ring = (): void => {
    if (stopped.signal.aborted) return
    rung = true
    running ??= run()
  }
  const timer = setInterval(ring, pollMs)
  timer.unref()

  async function run(): Promise<void> {
    // Let `running` be set before it can be cleared.
    await Promise.resolve()
    while (rung && !stopped.signal.aborted) {
      rung = false
      try {
        await read(stopped.signal)
      } catch (trouble) {
        report(trouble, 'opening pushes')
      }
    }
    // In the same step as the last look at `rung`, so that no ring falls in between.
    running = null
  }

  return {
    ring,
    async stop(): Promise<void> {
      stopped.abort()
      clearInterval(timer)
      await running
    },
  }
}
