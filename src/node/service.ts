import { ensureAdmin, type FirstKey } from '../auth/first-key.ts'
import { droppedLines } from '../domain/newsroom-dropped.ts'
import { Hub } from '../hub/hub.ts'
import { KeyWatch } from '../hub/key-watch.ts'
import type { Entry } from '../log/log.ts'
import { publicVapid } from '../push/crypto/public-vapid.ts'
import { Alarms } from '../push/outbox/alarms.ts'
import { outboxFigures } from '../store/sqlite/outbox/outbox-figures.ts'
import { type AppDeps, makeAdmission, makeAppDeps, newId } from './app-deps.ts'
import { LogWakeUps } from './cluster/log-wake-ups.ts'
import { type Peers, soleProcess } from './cluster/peers.ts'
import type { Config } from './config.ts'
import type { InUse } from './implementations.ts'
import type { Logger } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { readNewsroom } from './newsroom-file.ts'
import { openPush } from './push/open-push.ts'
import type { PushEngine } from './push/push-engine.ts'
import { pushSettings } from './push/vapid-settings.ts'
import { startReads } from './reads/reads.ts'
import { Connections } from './server/connections.ts'
import { OpenFiles } from './server/open-files.ts'
import { PeerFaults } from './server/peer-faults.ts'
import { startPublishWarmUp } from './server/publish-warm-up.ts'
import { addressOf, answerClosed, createHttpServer, type Fetch, listen, serverTimeouts } from './server/server.ts'
import type { FastHandler } from './server/subscribe/fast-subscribe.ts'
import { openFastSubscribe } from './server/subscribe/fast-subscribe-check.ts'
import { noPublicUrl, plainChosen, warnOfProxy } from './start-warnings.ts'
import { databasePath, openDataFolder } from './storage/data-folder.ts'
import { isCheckedLater, startErrorOf } from './storage/database.ts'
import { keepChecking } from './storage/database-check.ts'
import { fillReserve } from './storage/disk-reserve.ts'
import { LogAheadWatch } from './storage/log-ahead-watch.ts'
import { closeStored, openDataStores, openStorage } from './storage/open-stores.ts'
import { acceptStreams } from './streams/accept-streams.ts'
import { closeServer, drainHub } from './streams/drain.ts'
import { startHubFeed } from './streams/hub-feed.ts'
import { openWriteBatch } from './streams/io-uring/write-batch.ts'
import { JoinQueue } from './streams/join-queue.ts'
import { ReadYourWrites } from './streams/read-your-writes.ts'
import { beginningOf } from './streams/recent-entries.ts'
import { serveSockets } from './streams/socket.ts'
import { checkedWriters } from './streams/socket-writer/raw-write-check.ts'
import { StreamCounters } from './streams/stream-counters.ts'
import { WarmUp } from './streams/warm-up.ts'

/** How long this thread may wait in one step for another connection's write, in milliseconds. */
const busyStepMs = 2

/** What another thread has read is unpacked and framed in one step of this one: few entries, so that the live do not wait. */
const readEntriesMax = 32

/** How often this process looks whether a key or a session has ended that another process, or the clock, may have ended. */
const keyLookMs = 1_000
/** Only the owner makes a key. */
const noFirstKey: FirstKey = { key: null, warnings: [] }

/** A running service. */
export type Service = {
  readonly url: string
  /** The key made on first start, to be shown once. */
  readonly firstKey: string | null
  /** What the operator should know from the start, a sentence each: for a person, not for the log. */
  readonly notes: readonly string[]
  /** Goodbye to the readers, sockets closed in slices, pushes given back; resolves when all is closed. */
  readonly stop: () => Promise<void>
}

/**
 * Starts the service in this process, alone or as one of several. Throws StartError or ConfigMistakes. Of several,
 * each serves the whole surface; only the owner pushes, and makes the first key.
 */
export async function startService(config: Config, logger: Logger, peers: Peers = soleProcess): Promise<Service> {
  try {
    return await startRooms(await openRooms({ config, logger, peers }))
  } catch (error) {
    throw startErrorOf(databasePath(config.dataDir), error) ?? error
  }
}

async function startRooms(rooms: RouteDeps): Promise<Service> {
  const { config, peers, sql, hub, wakeUps, newsroom, streamCounters, writeBatch, storage, reads } = rooms
  // The port first: pushes must know the address that their links lead to.
  const faults = new PeerFaults(rooms.logger.warn)
  const files = new OpenFiles()
  const connections = new Connections({}, faults, files, rooms.logger.report)
  const { server, doors } = makeServer(connections)
  const url = await listen(server, config.host, config.port, peers.reusePort).catch(async (error: unknown) => {
    await reads.stop()
    storage.stop()
    rooms.stopChecking()
    closeStored(rooms)
    throw error
  })
  const push = await openPush(rooms, url)
  const admission = makeAdmission(config, peers, files)
  let subscribe: FastHandler | null = null
  const { streamCounters: pushes, alarms, prepared } = push
  const outbox = () => (peers.owner ? outboxFigures(sql, Date.now()) : null)
  const logAhead = new LogAheadWatch({ log: rooms.log, now: Date.now, logger: rooms.logger })
  if (peers.owner) await logAhead.begin()
  const pushed = { pushes, outbox, alarms: () => [...alarms(), ...logAhead.alarms()], prepared }
  const inUse = (): InUse => ({
    'push-sender': push.sender,
    'socket-writer': writeBatch.byRing ? 'io_uring' : rooms.socketWriter,
    'stream-writer': connections.asksFirst ? 'raw' : 'node',
    'subscribe-route': subscribe === null ? 'hono' : 'fast',
  })
  const metrics = createMetrics({
    ...{ storage, connections, hub, streamCounters, inUse, writeBatch, admission, faults, logAhead },
    processStates: () => peers.processStates(),
    ...pushed,
  })
  const surface = makeAppDeps({ ...rooms, push, metrics, admission })
  const { key: firstKey, warnings } = peers.owner
    ? await ensureAdmin({ editors: rooms.editors, now: Date.now, newId }, config.adminKey)
    : noFirstKey
  if (peers.owner) rooms.notes.push(...[noPublicUrl(config), plainChosen(config)].filter((line) => line !== null))
  if (peers.owner) fillReserve(config.dataDir)
  const { socketWriter } = rooms
  const sockets = { ...surface.eventStreams, newsroom, socketWriter, request: surface.socketRequest }
  const refuseSockets = serveSockets(server, sockets)
  if (config.fastSubscribe) subscribe = await openFast(rooms, push, surface)
  const quick: FastHandler = (incoming, outgoing) =>
    reads.quick(incoming, outgoing) ?? subscribe?.(incoming, outgoing) ?? null
  if (rooms.streamWriter === 'raw') connections.askFirst(acceptStreams(server, surface.eventStreams))
  doors.quick = warnOfProxy(config.publicUrl, rooms.logger.warn, quick)
  doors.app = (request, env) => surface.app.fetch(request, env)
  wakeUps.onAppend(() => push.wake())
  const delivered = ({ seq, kind, alert }: Entry) => {
    // What another process has stored; our own is noted already.
    rooms.mark?.note(() => seq)
    // Every process is given it; of the whole it is one entry.
    if (peers.owner) metrics.countEntry(kind)
    streamCounters.delivered(hub, alert)
    rooms.reach.moved()
  }
  const warmUp = new WarmUp({ newsroom, writeBatch, socketWriter, now: Date.now, report: rooms.logger.report })
  const publishWarmUp = startPublishWarmUp({ newsroom, now: Date.now, report: rooms.logger.report })
  const stopWatch = watchKeys(rooms)
  const stopLive = startHubFeed({ ...rooms, warmUp, delivered })
  // What had to be written before the first reader is; from now on nothing waits in this thread for another's write.
  sql.waitAtMost(busyStepMs)

  async function stop(): Promise<void> {
    surface.drain()
    refuseSockets()
    const closed = closeServer(server)
    const pushed = push.stop()
    await drainHub(hub, config.drainSeconds)
    stopWatch()
    await stopLive()
    warmUp.close()
    await publishWarmUp.stop()
    writeBatch.close()
    wakeUps.close()
    await pushed
    connections.destroyAll()
    await closed
    faults.tell()
    await Promise.all([push.close(), reads.stop()])
    storage.stop()
    logAhead.stop()
    rooms.stopChecking()
    closeStored(rooms)
  }

  return { url, firstKey, notes: [...rooms.notes, ...warnings], stop }
}

/** The fast handler of new subscriptions; null, with a warning, where its check fails. */
function openFast(
  { config, newsroom, editors, logger }: RouteDeps,
  { subscriptions, sendTest }: PushEngine,
  { subscribing, addressOf }: AppDeps,
): Promise<FastHandler | null> {
  const { publicUrl, trustProxy } = config
  const routes = { newsroom, subscriptions, subscribing, sendTest, now: Date.now }
  const deps = { ...routes, editors, publicUrl, trustProxy, report: logger.report }
  return openFastSubscribe(deps, addressOf, logger.warn)
}

/** A server, and its doors: closed until there are rooms behind them. */
function makeServer(connections: Connections) {
  const doors: { app: Fetch; quick: FastHandler } = { app: answerClosed, quick: () => null }
  const server = createHttpServer(
    (...asked) => doors.app(...asked),
    serverTimeouts,
    (...asked) => doors.quick(...asked),
    connections,
  )
  return { server, doors }
}

type Place = { readonly config: Config; readonly logger: Logger; readonly peers: Peers }
type RouteDeps = Awaited<ReturnType<typeof openRooms>>

/** The database, and the hub at its head. */
async function openRooms({ config, peers, ...place }: Place) {
  const newsroom = readNewsroom(config.newsroomPath)
  openDataFolder(config.dataDir)
  const alarms = new Alarms(Date.now)
  const storage = openStorage(config, alarms, place.logger)
  const logger = { ...place.logger, report: storage.reporting(place.logger.report) }
  // Before the keys: an empty database beside keys is then surely not one that was just being made.
  const stores = openDataStores(config.dataDir, peers, storage, place.logger)
  storage.watch(stores.sql)
  storage.look()
  const first = isCheckedLater(config.dataDir) ? 'now' : 'later'
  const stopChecking = peers.owner ? keepChecking(databasePath(config.dataDir), storage, first) : () => {}
  const notes: string[] = []
  const settings = pushSettings(config, (line) => void (peers.owner && notes.push(line)))
  const { log } = stores
  if (peers.owner) for (const line of droppedLines(newsroom, log.published)) logger.warn(line)
  const { bounds, recent } = await beginningOf(log)
  const soon = (act: () => void) => void setImmediate(act)
  const streamCounters = new StreamCounters()
  const swept = () => streamCounters.swept((alert) => hub.audience(alert))
  const { socketWriter, streamWriter } = await checkedWriters(config, logger.warn)
  const writeBatch = openWriteBatch(config.ioUring && socketWriter === 'raw', logger)
  const slicing = { now: Date.now, soon, swept, writeBatch: (step: () => void) => writeBatch.step(step) }
  const reads = startReads({
    ...{ databasePath: databasePath(config.dataDir), epoch: bounds.epoch, indexes: peers.owner },
    wanted: { newsroom, vapid: publicVapid(settings), publicUrl: config.publicUrl },
    log,
    addressOf: (request) => addressOf(request, config.trustProxy),
    now: Date.now,
    report: logger.report,
    fault: () => storage.fault,
  })
  // Whoever comes back from far is read for in that thread.
  const limits = { readEntriesMax, heartbeatSeconds: config.heartbeatSeconds }
  const hub = new Hub({ bounds, recent, log: reads.log, newsroom, ...slicing, report: logger.report, limits })
  const keyWatch = new KeyWatch({ hub, editors: stores.editors, now: Date.now, report: logger.report })
  const joinQueue = new JoinQueue({ hub, now: Date.now, soon })
  const wakeUps = new LogWakeUps({ log, peers })
  const reach = new ReadYourWrites({ hub, log, wakeUps })
  const kept = { ...stores, storage, stopChecking, alarms, keyWatch }
  return {
    config,
    logger,
    peers,
    newsroom,
    settings,
    notes,
    ...kept,
    streamCounters,
    socketWriter,
    streamWriter,
    writeBatch,
    joinQueue,
    hub,
    wakeUps,
    reach,
    reads,
  }
}

/**
 * Ends the test streams of keys and sessions that have ended: at once where this process ended them, and within a look's
 * time where another did, or the clock.
 */
function watchKeys({ editors, keyWatch }: Pick<RouteDeps, 'editors' | 'keyWatch'>): () => void {
  const look = () => void keyWatch.lookQuietly()
  const stopHearing = editors.onEnd(look)
  const timer = setInterval(look, keyLookMs)
  return () => {
    stopHearing()
    clearInterval(timer)
  }
}
