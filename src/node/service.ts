import { ensureAdmin, type FirstKey } from '../auth/first-key.ts'
import { droppedLines, droppedWishesLine } from '../domain/newsroom-dropped.ts'
import { Hub } from '../hub/hub.ts'
import { KeyWatch } from '../hub/key-watch.ts'
import type { Entry } from '../log/log.ts'
import { publicVapid } from '../push/crypto/public-vapid.ts'
import { Alarms } from '../push/outbox/alarms.ts'
import { lostKeys } from '../push/subscriptions/lost-keys.ts'
import { outboxFigures } from '../store/sqlite/outbox/outbox-figures.ts'
import { makeAdmission, makeSurface, newId, pushHostsOf } from './app-deps.ts'
import { LogBell } from './cluster/log-wake-ups.ts'
import { alone, type Kin } from './cluster/peers.ts'
import type { Config } from './config.ts'
import type { Voice } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { readNewsroom } from './newsroom-file.ts'
import { openNoPush } from './push/push-disabled.ts'
import { type PushRoom, startPush } from './push/push-engine.ts'
import { pushSettings } from './push/vapid-settings.ts'
import { startReads } from './reads/reads.ts'
import { Connections } from './server/connections.ts'
import { type Quick, quickSubscribe } from './server/fast-subscribe.ts'
import { OpenFiles } from './server/open-files.ts'
import { PeerFaults } from './server/peer-faults.ts'
import { addressOf, answerClosed, createHttpServer, type Fetch, listen, patience } from './server/server.ts'
import { noPublicUrl, noticingProxy } from './start-warnings.ts'
import { databasePath, openDataFolder } from './storage/data-folder.ts'
import { isCheckedLater, startTroubleOf } from './storage/database.ts'
import { keepChecking } from './storage/database-check.ts'
import { keepReserve } from './storage/disk-reserve.ts'
import { LogAheadWatch } from './storage/log-ahead-watch.ts'
import { closeStored, openStorage, openStored } from './storage/open-stores.ts'
import { closeServer, drainHub } from './streams/drain.ts'
import { keepLive } from './streams/hub-feed.ts'
import { openTogether } from './streams/io-uring/write-batch.ts'
import { Newcomers } from './streams/join-queue.ts'
import { Reach } from './streams/read-your-writes.ts'
import { beginningOf } from './streams/recent-entries.ts'
import { serveSockets } from './streams/socket.ts'
import { Tally } from './streams/stream-counters.ts'
import { Rehearsal } from './streams/warm-up.ts'

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
 * Starts the service in this process, alone or as one of several. Throws StartTrouble or ConfigMistakes. Of several,
 * each serves the whole surface; only the owner pushes, and makes the first key.
 */
export async function startService(config: Config, voice: Voice, kin: Kin = alone): Promise<Service> {
  try {
    return await startRooms(await openRooms({ config, voice, kin }))
  } catch (error) {
    throw startTroubleOf(databasePath(config.dataDir), error) ?? error
  }
}

async function startRooms(rooms: Rooms): Promise<Service> {
  const { config, kin, sql, hub, bell, newsroom, tally, together, newcomers, storage, reads } = rooms
  // The port first: pushes must know the address that their links lead to.
  const faults = new PeerFaults(rooms.voice.warn)
  const files = new OpenFiles()
  const connections = new Connections({}, faults, files, rooms.voice.report)
  const { server, doors } = makeServer(connections)
  const url = await listen(server, config.host, config.port, kin.reusePort).catch(async (error: unknown) => {
    await reads.stop()
    storage.stop()
    rooms.stopChecking()
    closeStored(rooms)
    throw error
  })
  const push = await withLostKeys(withAlarms(await openPush(rooms, url), rooms.alarms), rooms)
  if (rooms.kin.owner) await tellDroppedWishes(push, rooms)
  const admission = makeAdmission(config, kin, files)
  const { tally: pushes, alarms, prepared } = push
  const outbox = () => (kin.owner ? outboxFigures(sql, Date.now()) : null)
  const logAhead = new LogAheadWatch({ log: rooms.log, now: Date.now, voice: rooms.voice })
  if (kin.owner) await logAhead.begin()
  const pushed = { pushes, outbox, alarms: () => [...alarms(), ...logAhead.alarms()], prepared }
  const metrics = createMetrics({
    storage,
    hub,
    tally,
    together,
    admission,
    faults,
    logAhead,
    family: () => kin.family(),
    ...pushed,
  })
  const surface = makeSurface({ ...rooms, push, metrics, admission })
  const { key: firstKey, warnings } = kin.owner ? await ensureAdmin(surface.house, config.adminKey) : noFirstKey
  const addressLine = kin.owner ? noPublicUrl(config) : null
  if (addressLine !== null) rooms.notes.push(addressLine)
  if (kin.owner) keepReserve(config.dataDir)
  const refuseSockets = serveSockets(server, {
    ...{ hub, newsroom, admission, tally, together, newcomers },
    addressOf: surface.readerAddress,
    request: surface.socketRequest,
    watch: rooms.keyWatch.watch.bind(rooms.keyWatch),
  })
  const subscribe = await quickSubscribe({ ...surface.house, addressOf: surface.readerAddress })
  const quick: Quick = (incoming, outgoing) => reads.quick(incoming, outgoing) ?? subscribe(incoming, outgoing)
  doors.quick = noticingProxy(config.publicUrl, rooms.voice.warn, quick)
  doors.app = (request, env) => surface.app.fetch(request, env)
  bell.onAppend(() => push.ring())
  const delivered = ({ seq, kind, alert }: Entry) => {
    // What another process has stored; our own is noted already.
    rooms.mark?.note(() => seq)
    // Every process is given it; of the whole it is one entry.
    if (kin.owner) metrics.countEntry(kind)
    tally.delivered(hub, alert)
    rooms.reach.moved()
  }
  const rehearsal = new Rehearsal({ newsroom, together, now: Date.now, report: rooms.voice.report })
  const stopWatch = watchKeys(rooms)
  const stopLive = keepLive({ ...rooms, rehearsal, delivered })
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
    rehearsal.close()
    together.close()
    bell.close()
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

/** A server, and its doors: closed until there are rooms behind them. */
function makeServer(connections: Connections) {
  const doors: { app: Fetch; quick: Quick } = { app: answerClosed, quick: () => null }
  const server = createHttpServer(
    (...asked) => doors.app(...asked),
    patience,
    (...asked) => doors.quick(...asked),
    connections,
  )
  return { server, doors }
}

type Place = { readonly config: Config; readonly voice: Voice; readonly kin: Kin }
type Rooms = Awaited<ReturnType<typeof openRooms>>

/** The database, and the hub at its head. */
async function openRooms({ config, kin, ...place }: Place) {
  const newsroom = readNewsroom(config.newsroomPath)
  openDataFolder(config.dataDir)
  const alarms = new Alarms(Date.now)
  const storage = openStorage(config, alarms, place.voice)
  const voice = { ...place.voice, report: storage.reporting(place.voice.report) }
  // Before the keys: an empty database beside keys is then surely not one that was just being made.
  const stores = openStored(config.dataDir, kin, storage, place.voice)
  storage.watch(stores.sql)
  storage.look()
  const first = isCheckedLater(config.dataDir) ? 'now' : 'later'
  const stopChecking = kin.owner ? keepChecking(databasePath(config.dataDir), storage, first) : () => {}
  const notes: string[] = []
  const settings = pushSettings(config, (line) => void (kin.owner && notes.push(line)))
  const { log } = stores
  if (kin.owner) for (const line of droppedLines(newsroom, log.published)) voice.warn(line)
  const { bounds, recent } = await beginningOf(log)
  const soon = (act: () => void) => void setImmediate(act)
  const tally = new Tally()
  const swept = () => tally.swept((alert) => hub.audience(alert))
  const together = openTogether(config.ioUring, voice)
  const turns = { now: Date.now, soon, swept, together: (step: () => void) => together.step(step) }
  const reads = startReads({
    ...{ databasePath: databasePath(config.dataDir), epoch: bounds.epoch, indexes: kin.owner },
    wanted: { newsroom, vapid: publicVapid(settings), publicUrl: config.publicUrl },
    log,
    addressOf: (request) => addressOf(request, config.trustProxy),
    now: Date.now,
    report: voice.report,
    fault: () => storage.fault,
  })
  // Whoever comes back from far is read for in that thread.
  const limits = { readEntriesMax, heartbeatSeconds: config.heartbeatSeconds }
  const hub = new Hub({ bounds, recent, log: reads.log, newsroom, ...turns, report: voice.report, limits })
  const keyWatch = new KeyWatch({ hub, editors: stores.editors, now: Date.now, report: voice.report })
  const newcomers = new Newcomers({ hub, now: Date.now, soon })
  const bell = new LogBell({ log, kin })
  const reach = new Reach({ hub, log, bell })
  const kept = { ...stores, storage, stopChecking, alarms, keyWatch }
  return { config, voice, kin, newsroom, settings, notes, ...kept, tally, together, newcomers, hub, bell, reach, reads }
}

/** Subscriptions whose key is not here are told of as long as it is so; most of them: pushing is not ready. */
async function withLostKeys(push: PushRoom, { alarms, kin, voice, settings }: Rooms): Promise<PushRoom> {
  const lost = lostKeys(
    await push.subscriptions.places(),
    settings.vapidKeys.map(({ keyId }) => keyId),
  )
  if (lost === null) return push
  const { detail } = lost
  const raise = () => alarms.raise({ kind: 'key', host: null, detail })
  if (kin.owner) voice.alert(detail.replace(/^./, (first) => first.toUpperCase()))
  return {
    ...push,
    alarms() {
      raise()
      return push.alarms()
    },
    notReady: () => push.notReady() ?? (lost.isMost ? detail : null),
  }
}

/** Subscriptions that name what the newsroom has given up: nobody would notice that they are told less. */
async function tellDroppedWishes({ subscriptions }: PushRoom, { newsroom, voice }: Rooms): Promise<void> {
  const line = droppedWishesLine(newsroom, await subscriptions.count())
  if (line !== null) voice.warn(line)
}

/** The push path, and with its alarms those of this process. */
function withAlarms(push: PushRoom, own: Alarms): PushRoom {
  return { ...push, alarms: () => [...own.list(), ...push.alarms()] }
}

/**
 * Ends the test streams of keys and sessions that have ended: at once where this process ended them, and within a look's
 * time where another did, or the clock.
 */
function watchKeys({ editors, keyWatch }: Pick<Rooms, 'editors' | 'keyWatch'>): () => void {
  const look = () => void keyWatch.lookQuietly()
  const stopHearing = editors.onEnd(look)
  const timer = setInterval(look, keyLookMs)
  return () => {
    stopHearing()
    clearInterval(timer)
  }
}

/** The push path: running in the owner, only its tables elsewhere. */
function openPush({ config, voice, kin, settings, sql, log, newsroom }: Rooms, url: string): Promise<PushRoom> {
  const path = databasePath(config.dataDir)
  const pushHosts = pushHostsOf(config)
  const parts = { ...settings, sql, log, newsroom, kin, pushHosts, now: Date.now, newId, report: voice.report }
  if (!kin.owner) return openNoPush({ ...parts, databasePath: path })
  const { pushThreads: count, pushPreparedMax: preparedMax } = config
  return startPush({
    ...parts,
    publicUrl: config.publicUrl ?? url,
    connectTo: config.pushConnectTo,
    threads: { count, preparedMax, databasePath: path },
  })
}
