import type { IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { HttpBindings } from '@hono/node-server'
import { v7 as uuidv7 } from 'uuid'
import type { Alert } from '../alert.ts'
import { Desk } from '../desk.ts'
import { createApp } from '../http/app.ts'
import type { App, House } from '../http/house.ts'
import type { StreamRequest } from '../http/stream.ts'
import type { Hub } from '../hub.ts'
import type { Newsroom } from '../newsroom.ts'
import { pushServiceHosts } from '../push/services.ts'
import type { SqliteEditors } from '../store/sqlite-editors.ts'
import type { SqliteLog } from '../store/sqlite-log.ts'
import type { SqlitePause } from '../store/sqlite-pause.ts'
import { Admission } from './admission.ts'
import { serveAssets } from './assets.ts'
import type { Config } from './config.ts'
import { streamEvents } from './event-stream.ts'
import type { Kin, Question } from './kin.ts'
import { type Metrics, metricsText } from './metrics.ts'
import type { PushRoom } from './push-room.ts'
import type { Reach } from './reach.ts'
import { addressOf } from './server.ts'
import { socketRequest } from './socket-request.ts'
import type { Tally } from './tally.ts'
import { type PushSettings, publicVapid } from './vapid-settings.ts'
import type { Voice } from './voice.ts'

/** The file limit ends it sooner on most machines; below both, a full process answers 503 instead of failing. */
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
  readonly settings: PushSettings
  readonly log: SqliteLog
  readonly editors: SqliteEditors
  readonly pauses: SqlitePause
  readonly metrics: Metrics
  readonly admission: Admission
  readonly tally: Tally
  readonly reach: Reach
}

/** What a process serves on its port. */
export type Surface = {
  readonly house: House
  readonly app: App
  readonly readerAddress: (request: IncomingMessage) => string
  /** Reads a socket's request, and waits until the hub is as far as its cursor. Throws a Problem. */
  readonly socketRequest: (request: IncomingMessage) => Promise<StreamRequest>
  /** From now on not ready: the server is stopping. */
  readonly drain: () => void
}

/** Joins the rooms of one process to the surface, and lets it answer what its kin ask. */
export function makeSurface(parts: Parts): Surface {
  const { config, kin, reach } = parts
  const readerAddress = (request: IncomingMessage) => addressOf(request, config.trustProxy)
  let draining = false
  const notReady = () => {
    if (draining) return 'this server is stopping'
    return kin.missing() > 0 ? `${kin.missing()} of ${config.processes} processes are not there` : null
  }
  kin.onAsk(answerOf(parts))
  const house = houseOf(parts, readerAddress, notReady)
  const app = createApp(house)
  serveAssets(app, fileURLToPath(new URL('../../public', import.meta.url)))
  return {
    house,
    app,
    readerAddress,
    async socketRequest(request) {
      const asked = await socketRequest(house, request)
      await reach.reach(asked.after)
      return asked
    },
    drain() {
      draining = true
    },
  }
}

function houseOf(parts: Parts, readerAddress: Surface['readerAddress'], notReady: House['notReady']): House {
  const { config, voice, kin, newsroom, hub, push, settings, log, editors, pauses } = parts
  const { metrics, admission, tally, reach } = parts
  return {
    newsroom,
    log,
    editors,
    desk: new Desk({ log, newsroom, pauses, now: Date.now, newId }),
    subscriptions: push.subscriptions,
    outbox: push.outbox,
    pauses,
    alarms: async () => [...push.alarms(), ...(await kin.ask({ about: 'alarms' })).flat()],
    archive: push.subscriptions,
    vapid: publicVapid(settings),
    pushHosts: [...pushServiceHosts, ...config.pushHosts],
    sendTest: (id, token) => push.sendTest(id, token),
    sockets: (alert) => audienceOf(parts, alert),
    events: async (request, raw) => {
      admission.knock()
      await reach.reach(request.after)
      return streamEvents({ hub, admission, tally, addressOf: readerAddress }, request, raw as HttpBindings)
    },
    notReady,
    metrics: async () => metricsText(metrics, await kin.ask({ about: 'metrics' })),
    metricsKey: config.metricsKey,
    publicUrl: config.publicUrl,
    subscribePerMinute: config.subscribePerMinute,
    addressOf: (raw) => readerAddress((raw as HttpBindings).incoming),
    now: Date.now,
    soon: (act) => void setImmediate(act),
    newId,
    report: voice.report,
  }
}

/** What this process lets in. */
export function makeAdmission(config: Config): Admission {
  return new Admission({ connectionsMax, perSecondMax, perAddressMax: config.connectionsPerAddress }, Date.now)
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
