import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Delivery } from '../../../src/desk/delivery-schema.ts'
import { publish } from '../../support/processes/service.ts'
import { type StartedService, startService } from '../common/started-service.ts'
import { cpuMicrosOf, finished, isFinished, kilobytesOf, preparedOf, textsIn, until } from './crowd-questions.ts'
import { crowdSettings, languages } from './generated-crowd.ts'
import type { Sink, SinkReport } from './push-report.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const prepareMsMax = 3_600_000

export type MillionOrder = {
  readonly folder: string
  readonly sink: Sink
  readonly subscriptions: number
  readonly threads: number
  /** Which share of the subscriptions has a prepared key when the alert goes out, from 0 to 1. */
  readonly preparedShare: number
  /** Is told how many keys there are and how long they took; the alert goes out when it resolves. */
  readonly ready: (prepared: number, seconds: number) => Promise<void>
}

/** One alert to all; times in seconds from its publication, memory of the service's process at its highest. */
export type MillionFigures = {
  readonly prepared: number
  readonly lastSeconds: number
  /** CPU time for each push: the service's with all its threads, and the push service's, which shares the cores. */
  readonly serviceMicrosEach: number
  readonly sinkMicrosEach: number
  readonly rssBeforeMib: number
  readonly rssPeakMib: number
  /** The flash to one language that went out in the middle, from its publication to its last settlement; null: none did. */
  readonly beside: { readonly readers: number; readonly seconds: number } | null
}

/**
 * Starts the service as `npm start` does, waits for its prepared keys, and publishes an urgent alert to everyone. `beside`:
 * a flash to one language goes out when a tenth was accepted.
 */
export async function sendToAll(order: MillionOrder, beside: boolean): Promise<MillionFigures> {
  const { folder, sink, subscriptions, threads, preparedShare, ready } = order
  const running = await startService(
    root,
    {
      ...crowdSettings(folder, sink),
      ...{ DATA_DIR: folder, PUSH_THREADS: String(threads) },
      PUSH_PREPARED_MAX: String(preparedShare === 0 ? 0 : subscriptions),
    },
    null,
  )
  try {
    const beganMs = performance.now()
    await until(async () => (await preparedOf(running)) >= subscriptions * preparedShare, prepareMsMax)
    await ready(await preparedOf(running), (performance.now() - beganMs) / 1_000)
    return await alert(running, order, beside)
  } finally {
    await running.end()
  }
}

async function alert(running: StartedService, { sink, subscriptions }: MillionOrder, beside: boolean) {
  const prepared = await preparedOf(running)
  const look = () => sink.worker.ask<SinkReport>('look', 'accepted')
  const before = { ...(await look()), service: cpuMicrosOf(running.pid), atMs: Date.now() }
  const rssBeforeMib = mibOf(running, 'VmRSS')
  const { alert } = await publish(running.url, textsIn(languages))
  const flash = beside
    ? await flashDuring(running, alert.id, async () => {
        const { accepted } = await look()
        return accepted - before.accepted >= subscriptions / 10
      })
    : null
  const all = await finished(running, alert.id)
  const after = { ...(await look()), service: cpuMicrosOf(running.pid) }
  const sent = subscriptions + (flash?.accepted ?? 0)
  if (after.accepted - before.accepted !== sent || all.accepted !== subscriptions)
    throw new Error(`${after.accepted - before.accepted} pushes of ${sent} were accepted`)
  return {
    prepared,
    lastSeconds: (lastOf(all, after.lastAtMs) - before.atMs) / 1_000,
    serviceMicrosEach: (after.service - before.service) / sent,
    sinkMicrosEach: (after.cpuMicros - before.cpuMicros) / sent,
    rssBeforeMib,
    rssPeakMib: mibOf(running, 'VmHWM'),
    beside: flash === null ? null : { readers: flash.accepted, seconds: flash.seconds },
  }
}

/** The last acceptance: as the push service saw it, unless another alert's came after it. */
function lastOf({ finishedAt }: Delivery, sinkLastMs: number): number {
  return Math.min(Date.parse(finishedAt ?? ''), sinkLastMs)
}

async function flashDuring(running: StartedService, id: string, isUnderWay: () => Promise<boolean>) {
  await until(isUnderWay)
  const publishedMs = Date.now()
  const { alert } = await publish(running.url, { ...textsIn(['en']), level: 'flash' })
  const flash = await finished(running, alert.id)
  if (await isFinished(running, id))
    throw new Error('the alert to all was over before the flash; take more subscriptions')
  return { accepted: flash.accepted, seconds: (Date.parse(flash.finishedAt ?? '') - publishedMs) / 1_000 }
}

function mibOf({ pid }: StartedService, name: string): number {
  return kilobytesOf(readFileSync(`/proc/${pid}/status`, 'utf8'), name) / 1_024
}
