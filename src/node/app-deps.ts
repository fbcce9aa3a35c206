import type { IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { HttpBindings } from '@hono/node-server'
import { v7 as uuidv7 } from 'uuid'
import { Desk } from '../desk/desk.ts'
import type { Alert } from '../domain/alert.ts'
import type { Newsroom } from '../domain/newsroom.ts'
import { createApp } from '../http/app.ts'
import type { App, House } from '../http/deps.ts'
import type { Hub } from '../hub/hub.ts'
import type { KeyWatch } from '../hub/key-watch.ts'
import type { StreamRequest } from '../protocol/stream-request.ts'
import { publicVapid } from '../push/crypto/public-vapid.ts'
import type { PushKeys } from '../push/crypto/vapid-key-set.ts'
import type { Alarm } from '../push/outbox/alarms.ts'
import { withSuffixes } from '../push/subscriptions/push-services.ts'
import { Subscribing } from '../push/subscriptions/subscribe-limits.ts'
import type { SqliteEditors } from '../store/sqlite/sqlite-editors.ts'
import type { SqliteLog } from '../store/sqlite/sqlite-log.ts'
import type { SqlitePause } from '../store/sqlite/sqlite-pause.ts'
import type { Kin, Question } from './cluster/peers.ts'
import type { Family } from './cluster/process-states.ts'
import type { Config } from './config.ts'
import type { Voice } from './logger.ts'
import { joinedText, type Metrics } from './metrics.ts'
import type { PushRoom } from './push/push-engine.ts'
import { serveAssets } from './server/assets.ts'
import { isLocalRequest } from './server/local-request.ts'
import type { OpenFiles } from './server/open-files.ts'
import { hashOf } from './server/secret-hash.ts'
import { addressOf } from './server/server.ts'
import type { StorageMonitor } from './storage/storage-monitor.ts'
import { Admission } from './streams/admission.ts'
import { streamEvents } from './streams/event-stream.ts'
import type { Together } from './streams/io-uring/write-batch.ts'
import type { Newcomers } from './streams/join-queue.ts'
import type { Reach } from './streams/read-your-writes.ts'
import { type SocketRequests, socketRequests } from './streams/socket-request.ts'
import type { Tally } from './streams/stream-counters.ts'

/** The file limit ends it sooner on most machines; either way a full process answers 503 instead of failing. */
const connectionsMax = 65_000
/** More than a core can shake hands with: past this, refusing at once is all that can be done for the others. */
const perSecondMax = 20_000

type Parts = {
  readonly config: Config
  readonly voice: Voice
  readonly kin: Kin
  readonly newsroom: Newsroom
  readonly hub: Hub
  readonly push: PushRoom
  readonly settings: PushKeys
  readonly log: SqliteLog
  readonly editors: SqliteEditors
  readonly pauses: SqlitePause
  readonly metrics: Metrics
  readonly admission: Admission
  readonly tally: Tally
  readonly together: Together
  readonly newcomers: Newcomers
  readonly reach: Reach
  readonly storage: Pick<StorageMonitor, 'why'>
  readonly keyWatch: KeyWatch
}

/** What a process serves on its port. */
export type Surface = {
  readonly house: House
  readonly app: App
  readonly readerAddress: (request: IncomingMessage) => string
  /** Reads a socket's request, and waits until the hub is as far as its cursor. Throws a Problem. */
  readonly socketRequest: SocketRequests
  /** From now on not ready: the server is stopping. */
  readonly drain: () => void
}

/** Joins the rooms of one process to the surface, and lets it answer what its kin ask. */
export function makeSurface(parts: Parts): Surface {
  const { config, kin, admission, reach, storage } = parts
  const readerAddress = (request: IncomingMessage) => addressOf(request, config.trustProxy)
  let draining = false
  const notReady = () => {
    if (draining) return 'this server is stopping'
    return storage.why ?? missingOf(kin.family()) ?? parts.push.notReady()
  }
  kin.onAsk(answerOf(parts))
  const house = houseOf(parts, readerAddress, notReady)
  const app = createApp(house)
  const read = socketRequests(house)
  const reached = async (asking: Promise<StreamRequest> | StreamRequest, request: IncomingMessage) => {
    const asked = await asking
    await reach.reach(asked.after)
    if (admission.asksOthers) await admission.reserve(readerAddress(request))
    return asked
  }
  serveAssets(app, fileURLToPath(new URL('../../public', import.meta.url)), parts.voice.report)
  return {
    house,
    app,
    readerAddress,
    socketRequest(request) {
      const asked = read(request)
      const isAtOnce = !(asked instanceof Promise) && reach.reached(asked.after) && !admission.asksOthers
      return isAtOnce ? asked : reached(asked, request)
    },
    drain() {
      draining = true
    },
  }
}

function houseOf(parts: Parts, readerAddress: Surface['readerAddress'], notReady: House['notReady']): House {
  const { config, voice, kin, newsroom, hub, push, settings, log, editors, pauses } = parts
  const { metrics, admission, tally, together, newcomers, reach } = parts
  const watch = parts.keyWatch.watch.bind(parts.keyWatch)
  const streaming = { watch, hub, admission, tally, together, addressOf: readerAddress }
  return {
    newsroom,
    log,
    editors,
    desk: new Desk({ log, newsroom, pauses, now: Date.now, newId }),
    subscriptions: push.subscriptions,
    outbox: push.outbox,
    stopPushes: (alertId, by) => push.outbox.stopNewest(alertId, by),
    pauses,
    alarms: async () => distinct([...push.alarms(), ...(await kin.ask({ about: 'alarms' })).flat()]),
    archive: push.subscriptions,
    vapid: publicVapid(settings),
    pushHosts: pushHostsOf(config),
    sendTest: (id, token) => push.sendTest(id, token),
    sockets: (alert) => audienceOf(parts, alert),
    events: async (request, raw) => {
      admission.knock()
      await newcomers.turn()
      await reach.reach(request.after)
      if (admission.asksOthers) await admission.reserve(readerAddress((raw as HttpBindings).incoming))
      return streamEvents(streaming, request, raw as HttpBindings)
    },
    notReady,
    async metrics() {
      if (kin.family().members.length === 1) return metrics.text()
      const own = await metrics.values()
      return joinedText([own, ...(await kin.ask({ about: 'metrics', own }))])
    },
    metricsKey: config.metricsKey,
    isLocal: (raw) => isLocalRequest((raw as HttpBindings).incoming),
    publicUrl: config.publicUrl,
    trustProxy: config.trustProxy,
    subscribing: new Subscribing({
      subscribe: push.subscribe,
      perMinute: config.subscribePerMinute,
      now: Date.now,
    }),
    addressOf: (raw) => readerAddress((raw as HttpBindings).incoming),
    hashOf,
    now: Date.now,
    newId,
    report: voice.report,
  }
}

/** Every process looks after the same storage: what several say is told once, by the last of them. */
function distinct(alarms: readonly Alarm[]): readonly Alarm[] {
  const newest = new Map<string, Alarm>()
  for (const alarm of alarms.toSorted((a, b) => (a.at < b.at ? 1 : -1))) {
    const name = JSON.stringify([alarm.kind, alarm.host, alarm.detail])
    if (!newest.has(name)) newest.set(name, alarm)
  }
  return [...newest.values()]
}

/** Names the processes that are not ready; null when all are. */
function missingOf({ members }: Family): string | null {
  const missing = members.filter(({ state }) => state !== 'ready')
  if (missing.length === 0) return null
  const named = missing.map(
    ({ place, pid, state }) => `process ${place}${pid === undefined ? '' : ` (${pid})`} is ${state}`,
  )
  return `of ${members.length} processes, ${named.join(', ')}`
}

/** The hosts of push services that a subscription may name. */
export function pushHostsOf(config: Pick<Config, 'pushHosts'>): readonly string[] {
  return withSuffixes(config.pushHosts)
}

/** What this process lets in. */
export function makeAdmission(
  { connectionsPerAddress: perAddressMax }: Config,
  { places }: Kin,
  files: Pick<OpenFiles, 'streamsMax'>,
): Admission {
  const limits = {
    get connectionsMax() {
      return Math.min(connectionsMax, files.streamsMax)
    },
    ...{ perSecondMax, perAddressMax },
  }
  return new Admission(limits, Date.now, places)
}

/** A new UUIDv7. */
export function newId(): string {
  return uuidv7()
}

/** How this process answers its kin. */
function answerOf({ kin, hub, push, metrics }: Parts): (question: Question) => Promise<unknown> {
  return async (question) => {
    switch (question.about) {
      case 'audience':
        return [...hub.audience(question.alert)]
      case 'alarms':
        return push.alarms()
      case 'metrics':
        return metrics.values()
      case 'test':
        return kin.owner ? push.sendTest(question.subscriptionId, question.token) : null
    }
  }
}

/** How many live readers would be sent an alert, by language, in all processes. */
async function audienceOf({ kin, hub }: Parts, alert: Alert): Promise<ReadonlyMap<string, number>> {
  const counts = new Map(hub.audience(alert))
  for (const others of await kin.ask({ about: 'audience', alert }))
    for (const [language, count] of others) counts.set(language, (counts.get(language) ?? 0) + count)
  return counts
}
