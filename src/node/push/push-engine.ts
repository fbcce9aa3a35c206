import type { AlertLog } from '../../log/log.ts'
import { keyedHash, topicOf } from '../../push/crypto/hmac.ts'
import { publicVapid, type VapidSettings } from '../../push/crypto/public-vapid.ts'
import { withoutSecret, wrongSecret } from '../../push/crypto/wrong-secret.ts'
import { type Alarm, Alarms, PushAlarm } from '../../push/outbox/alarms.ts'
import type { SendingNodes } from '../../push/outbox/block-homes.ts'
import { noPushes, type PushCounts } from '../../push/outbox/outbox.ts'
import { OutboxOpening } from '../../push/outbox/outbox-opening.ts'
import type { SendPush } from '../../push/send/send-push.ts'
import { sendTestPush, type TestResult } from '../../push/send/test-push.ts'
import { makeSubscribe } from '../../push/subscriptions/subscribe.ts'
import type { Subscribe } from '../../push/subscriptions/subscribe-limits.ts'
import type { SubscriptionStore } from '../../push/subscriptions/subscription.ts'
import { SubscriptionRefused } from '../../push/subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../../push/subscriptions/subscription-archive.ts'
import type { OpenPushStorage, PushStorage } from '../stores/push-storage.ts'
import type { StoreAddress } from '../stores/store-address.ts'
import type { Stores } from '../stores/stores.ts'
import { followLog } from './follow-log.ts'
import { newOwner } from './lease-owner.ts'
import { startPushStore, type ThreadedPushStore } from './push-store.ts'
import { startPushThreads } from './push-threads.ts'
import {
  type KeyUses,
  makeSendPush,
  noKeyUses,
  type PushPlatform,
  type PushWork,
  pushSigning,
  type SenderSettings,
  startPushWork,
} from './push-work.ts'
import { pushSending } from './sending/choose-sender.ts'
import type { PushSenderName } from './sending/push-sending.ts'

export type PushEngineDeps = SenderSettings &
  PushPlatform & {
    readonly openPushStorage: OpenPushStorage
    readonly log: Pick<AlertLog, 'after' | 'bounds'>
    /** The threads that send, and where they find the database. Without it this thread sends (for tests). */
    readonly threads?: {
      readonly count: number
      readonly preparedMax: number
      readonly address: StoreAddress
      readonly outboxStats: Stores['outboxStats']
    }
  }

/** The running push engine. */
export type PushEngine = {
  readonly subscriptions: SubscriptionStore & SubscriptionArchive
  /** Takes the body of `POST /v1/subscriptions`. */
  readonly subscribe: Subscribe
  readonly outbox: PushStorage['outbox']
  readonly vapid: { readonly keyId: string; readonly publicKey: string }
  /** Pushes since the start, by outcome. */
  readonly pushCounts: PushCounts
  /** Alarms of this process, newest first. */
  alarms(): readonly Alarm[]
  /** Sends one reader a small notification, at once. */
  sendTest(subscriptionId: string, token: string): Promise<TestResult>
  /** Sends single pushes, such as to editors; null: this process sends none. */
  readonly single: { readonly sendPush: Pick<SendPush, 'deliver'>; readonly publicUrl: string } | null
  /** Null when all is well, else why nothing is pushed. */
  notReady(): string | null
  /** How many push keys are prepared now. */
  prepared(): number
  /** Push keys that were used, by when they were computed. */
  keyUses(): KeyUses
  /** The implementation that sends; null: this process sends nothing. */
  readonly sender: PushSenderName | null
  /** Wakes the engine: the log may have new entries. */
  wake(): void
  /** The nodes that send now. */
  shareWith(nodes: SendingNodes): void
  /** Settles or gives back leased work, then closes the connections. Subscriptions are still stored. */
  stop(): Promise<void>
  /** Called after `stop`: ends storing subscriptions too, once those in progress are stored. */
  close(): Promise<void>
}

/**
 * Starts following the log and pushing. Work that was leased by a process that no longer exists is due again at once.
 */
export async function startPush(deps: PushEngineDeps): Promise<PushEngine> {
  const { log, now, newId, openPushStorage } = deps
  const alarms = new Alarms(now)
  const report = alarms.raising(deps.report)
  const settings = settingsOf(deps)
  const world = { now, newId, report }
  const storage = await openPushStorage({ ...settings, ...world })
  if (!storage.isProven) return lockedEngine(deps, storage, alarms, report)
  const { outbox } = storage
  const { threads } = deps
  const wanted = { ...settings, vapid: publicVapid(settings) }
  const store = threads === undefined ? null : startStore(threads.address, wanted, world)
  const subscriptions = store ?? storage.subscriptions
  await storage.endLostLeases()
  const { epoch } = await log.bounds()
  const work = await startWork(deps, storage, subscriptions, settings, world, epoch)
  const sending = await pushSending(settings.sender)
  const tester = makeSendPush(settings, world, sending)
  const topicHash = await keyedHash(settings.secret, 'topic')
  const topic = (name: string) => topicOf(topicHash, name)
  const { newsroom, publicUrl } = settings
  const payloadDeps = { newsroom, publicUrl, epoch, ...pushSigning(settings) }
  const opening = new OutboxOpening(log, store ?? outbox)
  const follower = followLog(async (signal) => {
    if ((await opening.openNew(signal)) > 0) work.wake()
  }, report)
  store?.onReplaced(follower.wake)
  follower.wake()

  return {
    subscriptions,
    subscribe: store?.subscribe ?? makeSubscribe({ ...wanted, subscriptions, now }),
    outbox,
    vapid: { keyId: settings.vapidKeys[0].keyId, publicKey: settings.vapidKeys[0].publicKey },
    pushCounts: work.pushCounts,
    prepared: work.prepared,
    keyUses: work.keyUses,
    sender: settings.sender,
    wake: follower.wake,
    shareWith: work.shareWith,
    alarms: () => alarms.list(),
    notReady: () => null,
    single: { sendPush: tester.sendPush, publicUrl: settings.publicUrl },
    sendTest: (id, token) =>
      sendTestPush({ subscriptions, sendPush: tester.sendPush, topic, payloadDeps: payloadDeps, now }, id, token),
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

const alarmAgainMs = 60 * 60_000

/**
 * The push engine under a wrong secret. It opens alerts, so that the number of waiting pushes is seen. Nothing is sent
 * or stored until the service starts with the right secret, and the alarm is repeated.
 */
function lockedEngine(
  { log, vapidKeys }: PushEngineDeps,
  { outbox, subscriptions }: PushStorage,
  alarms: Alarms,
  report: PushPlatform['report'],
): PushEngine {
  const raise = (): void => report(new PushAlarm('secret', null, wrongSecret), 'starting to push')
  raise()
  const timer = setInterval(raise, alarmAgainMs)
  timer.unref()
  const opening = new OutboxOpening(log, outbox)
  const follower = followLog(async (signal) => void (await opening.openNew(signal)), report)
  follower.wake()
  const locked = () => Promise.reject(new SubscriptionRefused('locked'))
  return {
    subscriptions: withoutSecret(subscriptions),
    subscribe: locked,
    outbox,
    vapid: { keyId: vapidKeys[0].keyId, publicKey: vapidKeys[0].publicKey },
    pushCounts: noPushes,
    prepared: () => 0,
    keyUses: () => noKeyUses,
    sender: null,
    wake: follower.wake,
    shareWith() {},
    alarms: () => alarms.list(),
    notReady: () => wrongSecret,
    single: null,
    sendTest: locked,
    async stop() {
      clearInterval(timer)
      await follower.stop()
    },
    async close() {},
  }
}

function startStore(
  address: StoreAddress,
  { newsroom, pushHosts, vapid, secret }: SenderSettings & { readonly vapid: VapidSettings },
  { now, report }: PushPlatform,
): ThreadedPushStore {
  return startPushStore({ address, secret, wanted: { newsroom, pushHosts, vapid }, now, report })
}

async function startWork(
  { threads }: PushEngineDeps,
  storage: PushStorage,
  subscriptions: SubscriptionArchive,
  settings: SenderSettings,
  world: PushPlatform,
  epoch: string,
): Promise<PushWork> {
  if (threads === undefined) {
    const sending = await pushSending(settings.sender)
    return startPushWork({ outbox: storage.outboxOf(newOwner()), settings, world, sending, epoch })
  }
  const { address, count, preparedMax, outboxStats } = threads
  async function hasSubscriptions(): Promise<boolean> {
    const { subscriptions: first, unreadable } = await subscriptions.page(0, 1)
    return first.length > 0 || unreadable !== undefined
  }
  const hasOpenEntries = async () => ((await outboxStats())?.open ?? 0) > 0
  const has = { hasSubscriptions, hasOpenEntries }
  return startPushThreads({ storage, count, preparedMax, common: { address, settings, epoch }, world, ...has })
}

/** Only values that can be cloned for a thread. */
function settingsOf(deps: PushEngineDeps): SenderSettings {
  const { newsroom, sender, vapidKeys, vapidSubject, secret, publicUrl, pushHosts, connectTo, ca } = deps
  const { signingKey, succession, mirrors } = deps
  const signing = {
    ...(signingKey === undefined ? {} : { signingKey }),
    ...(succession === undefined ? {} : { succession }),
    ...(mirrors === undefined ? {} : { mirrors }),
  }
  const where = { ...(connectTo === undefined ? {} : { connectTo }), ...(ca === undefined ? {} : { ca }) }
  return { newsroom, sender, vapidKeys, vapidSubject, secret, publicUrl, pushHosts, ...where, ...signing }
}
