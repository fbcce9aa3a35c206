import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { HttpBindings } from '@hono/node-server'
import { v7 as uuidv7 } from 'uuid'
import type { Authority } from '../auth/editor.ts'
import { noteUses } from '../auth/key-use.ts'
import { WrongKeys } from '../auth/wrong-keys.ts'
import { deskDeliveries } from '../desk/deliveries.ts'
import { Desk } from '../desk/desk.ts'
import { DeskFeed } from '../desk/feed/desk-feed.ts'
import { Items } from '../desk/items/items.ts'
import type { Alert } from '../domain/alert-types.ts'
import type { Newsroom } from '../domain/newsroom.ts'
import type { EventsDeps } from '../http/api/events.ts'
import type { SubscriptionsDeps } from '../http/api/subscriptions.ts'
import { createApp, type HttpDeps } from '../http/app.ts'
import type { App } from '../http/app-env.ts'
import type { Hub } from '../hub/hub.ts'
import type { KeyWatch } from '../hub/key-watch.ts'
import type { StreamRequest } from '../protocol/stream-request.ts'
import { publicVapid } from '../push/crypto/public-vapid.ts'
import type { PushKeys } from '../push/crypto/vapid-key-set.ts'
import type { Alarm, Alarms } from '../push/outbox/alarms.ts'
import { withSuffixes } from '../push/subscriptions/push-services.ts'
import { SubscribeLimits } from '../push/subscriptions/subscribe-limits.ts'
import type { WebSubHub } from '../push/websub/websub-hub.ts'
import type { PeerQuestion, Peers } from './cluster/peers.ts'
import type { ProcessReports } from './cluster/process-reports.ts'
import type { ProcessStates } from './cluster/process-states.ts'
import type { Config } from './config.ts'
import { countReaders } from './desk/live-audience.ts'
import { releaseOnTime } from './desk/release-timer.ts'
import { type Telling, tellOthers } from './desk/tell-others.ts'
import type { Logger } from './logger.ts'
import { joinedText, type Metrics } from './metrics.ts'
import type { PushEngine } from './push/push-engine.ts'
import { serviceWebSub } from './push/websub/service-websub.ts'
import { serveAssets } from './server/assets.ts'
import { isLocalRequest } from './server/local-request.ts'
import type { OpenFiles } from './server/open-files.ts'
import { hashOf } from './server/secret-hash.ts'
import { addressOf } from './server/server.ts'
import type { ServiceSigning } from './signing/service-signing.ts'
import type { Stores } from './stores/stores.ts'
import type { AcceptDeps } from './streams/accept-streams.ts'
import { Admission } from './streams/admission.ts'
import { type EventStreamDeps, serveEventStream } from './streams/event-stream.ts'
import type { WriteBatch } from './streams/io-uring/write-batch.ts'
import type { JoinQueue } from './streams/join-queue.ts'
import type { ReadYourWrites } from './streams/read-your-writes.ts'
import { type StreamRequestParts, type StreamRequests, streamRequests } from './streams/socket-request.ts'
import type { StreamCounters } from './streams/stream-counters.ts'
import type { StreamsReachedCounts } from './streams/streams-reached.ts'

/** The limit of open files is usually lower. A process at its limit answers 503 instead of failing. */
const connectionsMax = 65_000
/** More handshakes than one core can do. Beyond this only a quick refusal keeps the service usable for the others. */
const perSecondMax = 20_000

type Deps = {
  readonly config: Config
  readonly logger: Logger
  readonly peers: Peers
  readonly newsroom: Newsroom
  readonly hub: Hub
  readonly push: PushEngine
  readonly settings: PushKeys
  readonly signing: ServiceSigning
  readonly log: Stores['log']
  readonly editors: Stores['editors']
  readonly pauses: Stores['pauses']
  readonly items: Stores['items']
  readonly audit: Stores['audit']
  /** The alarms of this process. */
  readonly alarms: Alarms
  readonly webhooks: Stores['webhooks']
  readonly webhookOutbox: Stores['webhookOutbox']
  readonly notices: Stores['notices']
  readonly websub: Stores['websub']
  readonly metrics: Metrics
  readonly admission: Admission
  readonly streamCounters: StreamCounters
  readonly streamsReached: StreamsReachedCounts
  readonly writeBatch: WriteBatch
  readonly joinQueue: JoinQueue
  readonly readYourWrites: ReadYourWrites
  readonly storage: Pick<Stores['storage'], 'why'>
  readonly keyWatch: KeyWatch
  /** Of the processes that share the database; null: the peers are all there are. */
  readonly reports: ProcessReports | null
}

/** What a process serves on its port. */
export type AppDeps = {
  /** Takes new subscriptions. Every route to it shares these limits. */
  readonly subscribing: SubscriptionsDeps['subscribing']
  readonly app: App
  /** The IP address by which a request counts against the limits. It is kept in memory only. */
  readonly addressOf: EventStreamDeps['addressOf']
  /** Reads a socket's request, and waits until the hub is as far as its cursor. Throws a Problem. */
  readonly socketRequest: StreamRequests
  readonly eventStreams: AcceptDeps
  /**
   * The server is stopping: the service reports that it is not ready, and after STOP_DELAY_SECONDS it refuses new streams.
   * Resolves then.
   */
  readonly drain: () => Promise<void>
  /** Releases no items of the desk any more, and sends nothing to webhooks and editors' browsers. */
  readonly stopDesk: () => Promise<void>
}

/** Makes the app of one process, and answers the questions of its peers (the other processes of the service). */
export function makeAppDeps(deps: Deps): AppDeps {
  const { config, peers, admission, readYourWrites, storage } = deps
  const readerAddress: AppDeps['addressOf'] = (request) => addressOf(request, config.trustProxy)
  let draining = false
  const notReady = () => {
    if (draining) return 'this server is stopping'
    return storage.why ?? missingOf(peers.processStates()) ?? deps.push.notReady()
  }
  peers.onAsk(answerOf(deps))
  const { hub, streamCounters, writeBatch } = deps
  const watch = deps.keyWatch.watch.bind(deps.keyWatch)
  const eventStreams = { watch, hub, admission, streamCounters, writeBatch, addressOf: readerAddress }
  const telling = tellOthers({ ...deps, allAlarms: () => alarmsOf(deps), newId })
  const websub = serviceWebSub(deps)
  const httpDeps = httpDepsOf(deps, { eventStreams, notReady, telling, hub: websub.hub })
  const app = createApp(httpDeps)
  const reached = async (asking: Promise<StreamRequest> | StreamRequest, request: StreamRequestParts) => {
    const asked = await asking
    await readYourWrites.waitUntilReached(asked.after)
    if (admission.asksOthers) await admission.reserve(readerAddress(request))
    return asked
  }
  const requestsOf = (path: '/v1/socket' | '/v1/events') => {
    const read = streamRequests(httpDeps.reads, path)
    return (request: StreamRequestParts) => {
      const asked = read(request)
      const isAtOnce = !(asked instanceof Promise) && readYourWrites.reached(asked.after) && !admission.asksOthers
      return isAtOnce ? asked : reached(asked, request)
    }
  }
  const { items } = httpDeps.desk
  const stops = peers.owner
    ? [releaseOnTime({ items, now: Date.now, report: deps.logger.report }), telling.start(), websub.start()]
    : []
  serveAssets(app, fileURLToPath(new URL('../../public', import.meta.url)), deps.logger.report)
  return {
    subscribing: httpDeps.subscriptions.subscribing,
    app,
    addressOf: readerAddress,
    socketRequest: requestsOf('/v1/socket'),
    eventStreams: { ...eventStreams, joinQueue: deps.joinQueue, request: requestsOf('/v1/events') },
    async drain() {
      draining = true
      if (config.stopDelaySeconds > 0) await sleep(config.stopDelaySeconds * 1_000)
      admission.stop()
    },
    stopDesk: async () => void (await Promise.all(stops.map((stop) => stop()))),
  }
}

type Made = {
  readonly eventStreams: EventStreamDeps
  readonly notReady: () => string | null
  readonly telling: Telling
  readonly hub: WebSubHub
}

/** What the routes of this process need. `notReady` gives null when the service is ready, else the reason. */
function httpDepsOf(deps: Deps, { eventStreams, notReady, telling, hub }: Made) {
  const { config, newsroom, push, settings, log, editors, pauses } = deps
  const { report } = deps.logger
  const now = Date.now
  const noteUse = noteUses({ editors, report })
  const wrongKeys = new WrongKeys()
  const askerOf = (bindings: unknown) => eventStreams.addressOf((bindings as HttpBindings).incoming)
  const vapid = publicVapid(settings)
  const { signed, signer } = deps.signing
  const { publicUrl, trustProxy, pageHeartbeatSeconds } = config
  const origins = { publicUrl, trustProxy }
  const { subscriptions, outbox } = push
  const sockets = (alert: Alert) => countReaders(deps, alert)
  const desk = new Desk({ log, newsroom, pauses, now, newId })
  const deliveries = deskDeliveries({ outbox, reached: (seqs) => deps.streamsReached.of(seqs), log, editors })
  const feed = new DeskFeed({ items: deps.items, pauses, log, outbox: deliveries, now })
  const items = new Items({ items: deps.items, desk, log, newsroom, now, newId, acted: () => feed.soon() })
  const subscribing = new SubscribeLimits({ subscribe: push.subscribe, perMinute: config.subscribePerMinute, now })
  return {
    reads: {
      ...{ newsroom, log, vapid, signer, signed, editors, sessions: editors, noteUse, hashOf, now, report, ...origins },
      ...{ pageHeartbeatSeconds, noteWrongKey: (bindings: unknown) => wrongKeys.note(askerOf(bindings), now()) },
    },
    desk: {
      ...{ desk, items, newsroom, log, editors, pauses, subscriptions, sockets, now, newId, ...origins },
      outbox: deliveries,
      ...{ audit: deps.audit, webhooks: telling.webhooks, browsers: telling.browsers, feed, report },
    },
    pushes: {
      ...{ newsroom, log, subscriptions, archive: subscriptions, outbox, vapid, now, report },
      ...{ audit: deps.audit, pushHosts: withSuffixes(config.pushHosts) },
      stopPushes: (alertId: string, by: Authority) => outbox.stopNewest(alertId, by),
      alarms: () => alarmsOf(deps),
    },
    head: { log, signer, now },
    websub: { hub, newsroom, log, now, publicUrl, addressOf: askerOf },
    health: {
      ...{ notReady, metrics: () => metricsText(deps), metricsKey: config.metricsKey },
      isLocal: (bindings: unknown) => isLocalRequest((bindings as HttpBindings).incoming),
    },
    events: { newsroom, events: eventsOf(deps, eventStreams) },
    subscriptions: {
      ...{ newsroom, subscriptions, subscribing, now, addressOf: askerOf },
      sendTest: (id: string, token: string) => push.sendTest(id, token),
    },
  } satisfies HttpDeps
}

/** Answers `GET /v1/events`, once the hub has delivered what the request's cursor names. */
function eventsOf({ admission, joinQueue, readYourWrites }: Deps, eventStreams: EventStreamDeps): EventsDeps['events'] {
  return async (request, bindings) => {
    const { incoming } = bindings as HttpBindings
    admission.countArrival(incoming.socket)
    await joinQueue.turn()
    await readYourWrites.waitUntilReached(request.after)
    if (admission.asksOthers) await admission.reserve(eventStreams.addressOf(incoming))
    return serveEventStream(eventStreams, request, bindings as HttpBindings)
  }
}

/** The alarms of all processes. */
async function alarmsOf({ push, peers, reports }: Deps): Promise<readonly Alarm[]> {
  if (reports !== null) return distinct([...push.alarms(), ...reports.alarms])
  return distinct([...push.alarms(), ...(await peers.ask({ about: 'alarms' })).flat()])
}

/** The metrics of all processes. */
async function metricsText({ metrics, peers }: Deps): Promise<string> {
  if (peers.processStates().members.length === 1) return metrics.text()
  const own = await metrics.values()
  return joinedText([own, ...(await peers.ask({ about: 'metrics', own }))])
}

/** All processes use the same storage, so several may raise the same alarm. The newest one stands for them all. */
function distinct(alarms: readonly Alarm[]): readonly Alarm[] {
  const newest = new Map<string, Alarm>()
  for (const alarm of alarms.toSorted((a, b) => (a.at < b.at ? 1 : -1))) {
    const name = JSON.stringify([alarm.kind, alarm.host, alarm.detail])
    if (!newest.has(name)) newest.set(name, alarm)
  }
  return [...newest.values()]
}

/** Names the processes that are not ready; null when all are. */
function missingOf({ members }: ProcessStates): string | null {
  const missing = members.filter(({ state }) => state !== 'ready')
  if (missing.length === 0) return null
  const named = missing.map(
    ({ slot, pid, state }) => `process ${slot}${pid === undefined ? '' : ` (${pid})`} is ${state}`,
  )
  return `of ${members.length} processes, ${named.join(', ')}`
}

/** Limits on the live streams of this process. */
export function makeAdmission(
  { connectionsPerAddress: perAddressMax }: Config,
  { addressCounter }: Peers,
  files: Pick<OpenFiles, 'streamsMax'>,
): Admission {
  const limits = {
    get connectionsMax() {
      return Math.min(connectionsMax, files.streamsMax)
    },
    ...{ perSecondMax, perAddressMax },
  }
  return new Admission(limits, Date.now, addressCounter)
}

/** A new UUIDv7. */
export function newId(): string {
  return uuidv7()
}

/** How this process answers its peers. */
function answerOf({ peers, hub, push, metrics, streamsReached }: Deps): (question: PeerQuestion) => Promise<unknown> {
  return async (question) => {
    switch (question.about) {
      case 'readers':
        return [...hub.countByLanguage(question.alert)]
      case 'alarms':
        return push.alarms()
      case 'metrics':
        return metrics.values()
      case 'reached':
        return streamsReached.answer(question.seqs)
      case 'test':
        return peers.owner ? push.sendTest(question.subscriptionId, question.token) : null
    }
  }
}
