import { ensureAdmin, type FirstKey } from '../auth/first-key.ts'
import { newsroomWarnings } from '../domain/newsroom-dropped.ts'
import { Hub } from '../hub/hub.ts'
import { KeyWatch } from '../hub/key-watch.ts'
import type { Entry } from '../log/log.ts'
import { publicVapid } from '../push/crypto/public-vapid.ts'
import { Alarms } from '../push/outbox/alarms.ts'
import { type AppDeps, makeAdmission, makeAppDeps, newId } from './app-deps.ts'
import { LogWakeUps } from './cluster/log-wake-ups.ts'
import { type Peers, soleProcess } from './cluster/peers.ts'
import { exchangeReports } from './cluster/report-exchange.ts'
import type { Config } from './config.ts'
import { watchKeys } from './desk/watch-keys.ts'
import { startExport } from './export/service-export.ts'
import type { InUse } from './implementations.ts'
import type { Logger } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { readNewsroom } from './newsroom-file.ts'
import { openPush } from './push/open-push.ts'
import type { PushEngine } from './push/push-engine.ts'
import { startReads } from './reads/reads.ts'
import { compressedAnswers } from './server/compression/compressed-answers.ts'
import { Connections } from './server/connections.ts'
import { OpenFiles } from './server/open-files.ts'
import { PeerFaults } from './server/peer-faults.ts'
import { startPublishWarmUp } from './server/publish-warm-up.ts'
import {
  addressOf,
  createHttpServer,
  type Fetch,
  isOfPage,
  keepAliveOfProxiesMs,
  listen,
  serverTimeouts,
  whileStarting,
} from './server/server.ts'
import type { FastHandler } from './server/subscribe/fast-subscribe.ts'
import { openFastSubscribe } from './server/subscribe/fast-subscribe-check.ts'
import { openServiceSigning } from './signing/service-signing.ts'
import { startNotes, warnOfProxy } from './start-warnings.ts'
import { LogAheadWatch } from './storage/log-ahead-watch.ts'
import { openStores, startErrorIn } from './stores/open-chosen-stores.ts'
import { acceptStreams } from './streams/accept-streams.ts'
import { closeServer, drainHub } from './streams/drain/drain.ts'
import { watchUnreadableLog } from './streams/drain/unreadable-log.ts'
import { startHubFeed } from './streams/hub-feed.ts'
import { openWriteBatch } from './streams/io-uring/write-batch.ts'
import { JoinQueue } from './streams/join-queue.ts'
import { ReadYourWrites } from './streams/read-your-writes.ts'
import { beginningOf } from './streams/recent-entries.ts'
import { serveSockets } from './streams/socket.ts'
import { checkedWriters } from './streams/socket-writer/raw-write-check.ts'
import { StreamCounters } from './streams/stream-counters.ts'
import { StreamsReachedCounts } from './streams/streams-reached.ts'
import { WarmUp } from './streams/warm-up.ts'

/**
 * How many entries of another thread's read are unpacked and encoded in one step. Few, so that live readers do not
 * wait.
 */
const readEntriesMax = 32

/** Only the owner process makes a key. */
const noFirstKey: FirstKey = { key: null, warnings: [] }

/** A running service. */
export type Service = {
  readonly url: string
  /** The key made on first start, to be shown once. */
  readonly firstKey: string | null
  /** What the operator should know from the start, one sentence each. They are printed, not logged. */
  readonly notes: readonly string[]
  /** Resolves when the database was replaced by another while it was open: this service must be stopped and started again. */
  readonly replaced: Promise<void>
  /** Closes the live streams in slices, gives unsent pushes back, and resolves when everything is closed. */
  readonly stop: () => Promise<void>
}

/**
 * Starts the service in this process, alone or as one of several. Each of several processes serves all routes; only the
 * owner pushes and makes the first key. Throws StartError or ConfigMistakes.
 */
export async function startService(
  config: Config,
  logger: Logger,
  peers: Peers = soleProcess,
  alarms: Alarms = new Alarms(Date.now),
): Promise<Service> {
  try {
    return await serveWith(await openDeps({ config, logger, peers, alarms }))
  } catch (error) {
    throw (await startErrorIn(config, error)) ?? error
  }
}

async function serveWith(deps: ServiceDeps): Promise<Service> {
  const { config, peers, stores, hub, wakeUps, newsroom, streamCounters, writeBatch, storage, reads } = deps
  // The port is taken first, because the links in pushes need the service's address.
  const faults = new PeerFaults(deps.logger.warn)
  const files = new OpenFiles()
  const connections = new Connections({}, faults, files, deps.logger.report)
  const { server, handlers, begin } = makeServer(connections, config)
  const url = await listen(server, config.host, config.port, peers.reusePort).catch(async (error: unknown) => {
    await reads.stop()
    await stores.close()
    throw error
  })
  const push = await openPush({ ...deps, outboxStats: stores.outboxStats }, url)
  const exporting = peers.owner ? startExport(deps) : null
  const admission = makeAdmission(config, peers, files)
  let subscribe: FastHandler | null = null
  const { pushCounts: pushes, alarms, prepared, keyUses } = push
  const outbox = () => (peers.owner ? stores.outboxStats() : null)
  const logAhead = new LogAheadWatch({ log: deps.log, now: Date.now, logger: deps.logger })
  if (peers.owner) await logAhead.begin()
  const pushed = { pushes, outbox, alarms: () => [...alarms(), ...logAhead.alarms()], prepared, keyUses }
  const inUse = (): InUse => ({
    'push-sender': push.sender,
    'socket-writer': writeBatch.usesIoUring ? 'io_uring' : deps.socketWriter,
    'stream-writer': connections.asksFirst ? 'raw' : 'node',
    'subscribe-route': subscribe === null ? 'hono' : 'fast',
  })
  const metrics = createMetrics({
    ...{ storage, connections, hub, streamCounters, inUse, writeBatch, admission, faults, logAhead, exporting },
    ...{ processStates: () => peers.processStates(), listener: stores.wakeUps },
    ...pushed,
  })
  const reports = exchangeReports(deps, push)
  const appDeps = makeAppDeps({ ...deps, push, metrics, admission, reports })
  const { key: firstKey, warnings } = peers.owner
    ? await ensureAdmin({ editors: deps.editors, now: Date.now, newId }, config.adminKey)
    : noFirstKey
  if (peers.owner) deps.notes.push(...(await startNotes(config, firstKey, deps.editors, Date.now())))
  const { socketWriter } = deps
  const sockets = { ...appDeps.eventStreams, newsroom, socketWriter, request: appDeps.socketRequest }
  serveSockets(server, sockets)
  if (config.fastSubscribe) subscribe = await openFast(deps, push, appDeps)
  const quick: FastHandler = (incoming, outgoing) =>
    reads.quick(incoming, outgoing) ?? subscribe?.(incoming, outgoing) ?? null
  if (deps.streamWriter === 'raw') connections.askFirst(acceptStreams(server, appDeps.eventStreams))
  handlers.quick = warnOfProxy(config.publicUrl, deps.logger.warn, quick)
  begin(compressedAnswers((request, env) => appDeps.app.fetch(request, env)))
  wakeUps.onAppend(() => {
    push.wake()
    exporting?.wake()
    reports?.soon()
    // A wake-up of another machine may say that a key has ended there.
    if (reports !== null) void deps.keyWatch.lookQuietly()
  })
  const delivered = (entry: Entry) => {
    const { seq, kind, alert } = entry
    stores.noteSeq(seq)
    deps.signing.unsigned.note(entry)
    // Every process is given each entry, so only one of them counts it.
    if (peers.owner) metrics.countEntry(kind)
    streamCounters.delivered(hub, alert)
    deps.streamsReached.delivered(hub, entry)
    deps.readYourWrites.moved()
  }
  const warmUp = new WarmUp({ newsroom, writeBatch, socketWriter, now: Date.now, report: deps.logger.report })
  const publishWarmUp = startPublishWarmUp({ newsroom, now: Date.now, report: deps.logger.report })
  const stopWatch = watchKeys(deps)
  const stopLive = startHubFeed({ ...deps, warmUp, delivered })
  const stopSending = watchUnreadableLog({ ...deps, admission })
  stores.began()

  async function stop(): Promise<void> {
    stopSending()
    await appDeps.drain()
    await appDeps.stopDesk()
    const closed = closeServer(server)
    const pushed = push.stop()
    await drainHub(hub, config.drainSeconds)
    stopWatch()
    await reports?.stop()
    await stopLive()
    warmUp.close()
    await publishWarmUp.stop()
    writeBatch.close()
    wakeUps.close()
    await pushed
    connections.destroyAll()
    await closed
    faults.logCounts()
    await Promise.all([push.close(), reads.stop(), exporting?.stop()])
    logAhead.stop()
    await deps.signing.unsigned.stop()
    await stores.close()
  }

  return { url, firstKey, notes: [...deps.notes, ...warnings], replaced: deps.replaced, stop }
}

/** The fast handler of new subscriptions; null, with a warning, where its check fails. */
function openFast(
  { config, newsroom, editors, logger }: ServiceDeps,
  { subscriptions, sendTest }: PushEngine,
  { subscribing, addressOf }: AppDeps,
): Promise<FastHandler | null> {
  const { publicUrl, trustProxy } = config
  const routes = { newsroom, subscriptions, subscribing, sendTest, now: Date.now }
  const deps = { ...routes, editors, publicUrl, trustProxy, report: logger.report }
  return openFastSubscribe(deps, addressOf, logger.warn)
}

/** Makes the server and its handlers. Requests wait until `begin` has given them the app. */
function makeServer(connections: Connections, { trustProxy }: Config) {
  const timeouts = trustProxy ? { ...serverTimeouts, keepAliveMs: keepAliveOfProxiesMs } : serverTimeouts
  const started = Promise.withResolvers<Fetch>()
  const handlers: { app: Fetch; quick: FastHandler } = { app: whileStarting(started.promise), quick: () => null }
  const begin = (app: Fetch) => {
    handlers.app = app
    started.resolve(app)
  }
  const server = createHttpServer(
    (...asked) => handlers.app(...asked),
    timeouts,
    (...asked) => handlers.quick(...asked),
    connections,
    // A proxy's own connections are not those of readers.
    (incoming) => !trustProxy && isOfPage(incoming),
  )
  return { server, handlers, begin }
}

type StartDeps = {
  readonly config: Config
  readonly logger: Logger
  readonly peers: Peers
  readonly alarms: Alarms
}
type ServiceDeps = Awaited<ReturnType<typeof openDeps>>

/** Opens the database, and makes the hub at the head of its log. */
async function openDeps({ config, peers, alarms, ...given }: StartDeps) {
  const newsroom = readNewsroom(config.newsroomPath)
  const replaced = Promise.withResolvers<void>()
  const stores = await openStores({ config, peers, alarms, logger: given.logger, replaced: () => replaced.resolve() })
  const { log, storage } = stores
  const logger = { ...given.logger, report: storage.reporting(given.logger.report) }
  const notes: string[] = []
  const settings = await stores.pushKeys((line) => void (peers.owner && notes.push(line)))
  const keys = { pushSecret: settings.secret, isOwner: peers.owner }
  const signing = await openServiceSigning({ config, stores, newsroom, logger, ...keys })
  if (peers.owner) for (const line of newsroomWarnings(newsroom, await stores.published())) logger.warn(line)
  const { bounds, recent } = await beginningOf(log)
  const soon = (act: () => void) => void setImmediate(act)
  const streamCounters = new StreamCounters()
  const hasReports = stores.reports !== null
  const streamsReached = new StreamsReachedCounts({ peers, hasReports, now: Date.now })
  const swept = () => {
    streamCounters.swept((alert) => hub.countByLanguage(alert))
    streamsReached.swept((alert) => hub.countByLanguage(alert))
  }
  const { socketWriter, streamWriter } = await checkedWriters(config, logger.warn)
  const writeBatch = openWriteBatch(config.ioUring && socketWriter === 'raw', logger)
  const slicing = { now: Date.now, soon, swept, writeBatch: (step: () => void) => writeBatch.step(step) }
  const reads = startReads({
    ...{ address: stores.address, epoch: bounds.epoch, indexes: peers.owner, signingKey: signing.seed },
    wanted: {
      ...{ newsroom, vapid: publicVapid(settings), signed: signing.signed, publicUrl: config.publicUrl },
      pageHeartbeatSeconds: config.pageHeartbeatSeconds,
    },
    log,
    addressOf: (request) => addressOf(request, config.trustProxy),
    now: Date.now,
    report: logger.report,
    fault: () => storage.fault,
  })
  // Catch-up of readers who are far behind is read in that thread.
  const limits = { readEntriesMax, heartbeatSeconds: config.heartbeatSeconds }
  const hub = new Hub({ bounds, recent, log: reads.log, newsroom, ...slicing, report: logger.report, limits })
  const keyWatch = new KeyWatch({ hub, editors: stores.editors, now: Date.now, report: logger.report })
  const joinQueue = new JoinQueue({ hub, now: Date.now, soon })
  const wakeUps = new LogWakeUps({ log, peers, others: stores.wakeUps })
  const readYourWrites = new ReadYourWrites({ hub, log, wakeUps })
  const { editors, pauses, items, audit, webhooks, webhookOutbox, notices, websub, address, openPushStorage } = stores
  const kept = {
    ...{ stores, log, editors, pauses, storage, address, openPushStorage, alarms, keyWatch },
    ...{ items, audit, webhooks, webhookOutbox, notices, websub },
    replaced: replaced.promise,
  }
  return {
    ...{ config, logger, peers, newsroom, settings, signing, notes, epoch: bounds.epoch },
    ...kept,
    ...{ streamCounters, streamsReached },
    ...{ socketWriter, streamWriter },
    writeBatch,
    joinQueue,
    hub,
    wakeUps,
    readYourWrites,
    reads,
  }
}
