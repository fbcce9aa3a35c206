import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publish, type Running, startNode } from '../../support/processes/service.ts'
import { Readers } from '../clients/readers.ts'
import { canPin } from '../common/processes.ts'
import { median } from '../common/summary.ts'
import {
  cpuMicrosOf,
  finished,
  isFinished,
  kilobytesOf,
  preparedOf,
  secondsOf,
  textsIn,
  until,
} from './crowd-questions.ts'
import { crowdSettings, languages, makeCrowd } from './generated-crowd.ts'
import type { Sink, SinkReport } from './push-report.ts'

const fanOutSockets = 300
const fanOutRounds = 30

/** What a crowd's alert took: seconds from publishing to the last acceptance, and what the whole service cost. */
export type CrowdFigures = {
  readonly subscriptions: number
  readonly prepared: number
  readonly lastSeconds: number
  readonly cpuMicrosEach: number
  readonly rssMegabytes: number
  readonly rssPeakMegabytes: number
}
/** How long a flash to one language takes by itself, and while an urgent alert goes to all. Seconds to its last acceptance. */
export type FlashFigures = { readonly readers: number; readonly aloneSeconds: number; readonly duringSeconds: number }

/** From publishing until the last of some sockets has it, in milliseconds: while nothing is pushed, and while much is. */
export type FanOutFigures = {
  readonly sockets: number
  readonly quiet: { readonly median: number; readonly p90: number }
  readonly pushing: { readonly alerts: number; readonly median: number; readonly p90: number }
  readonly pushed: number
}

/** A service with many subscriptions, kept to core 0 where that can be, sending to a sink. */
export class Crowd {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
  readonly #sink: Sink
  readonly #count: number

  constructor(sink: Sink, count: number) {
    this.#sink = sink
    this.#count = count
  }

  async import(): Promise<void> {
    await makeCrowd(this.#folder, this.#count)
  }

  /** Runs the service while `act` uses it; `pinned`: on core 0 alone. */
  async run<It>(preparedMax: number, act: (running: Running) => Promise<It>, pinned = canPin): Promise<It> {
    const running = await startNode(this.#folder, {
      ...crowdSettings(this.#folder, this.#sink),
      PUSH_THREADS: '1',
      PUSH_PREPARED_MAX: String(preparedMax),
    })
    if (pinned) spawnSync('taskset', ['-apc', '0', String(running.child.pid)])
    try {
      await until(async () => (await preparedOf(running)) >= Math.min(preparedMax, this.#count) * 0.98)
      return await act(running)
    } finally {
      await running.end('SIGTERM')
    }
  }

  /** One alert to everyone. */
  async alert(running: Running): Promise<CrowdFigures> {
    const prepared = await preparedOf(running)
    const before = { ...(await this.#look()), cpu: cpuMicrosOf(running.child.pid), atMs: Date.now() }
    await publish(running.url, textsIn(languages))
    await until(async () => (await this.#look()).accepted - before.accepted >= this.#count)
    const { lastAtMs } = await this.#look()
    const memory = readFileSync(`/proc/${running.child.pid}/status`, 'utf8')
    return {
      subscriptions: this.#count,
      prepared,
      lastSeconds: (lastAtMs - before.atMs) / 1_000,
      cpuMicrosEach: (cpuMicrosOf(running.child.pid) - before.cpu) / this.#count,
      rssMegabytes: kilobytesOf(memory, 'VmRSS') / 1_024,
      rssPeakMegabytes: kilobytesOf(memory, 'VmHWM') / 1_024,
    }
  }

  /** A flash to one language alone, then one while an urgent alert goes to all. */
  async flash(running: Running): Promise<FlashFigures> {
    const flash = async () => {
      const { alert } = await publish(running.url, { ...textsIn(['en']), level: 'flash' })
      return finished(running, alert.id)
    }
    const alone = await flash()
    const before = await this.#look()
    const { alert } = await publish(running.url, textsIn(languages))
    await until(async () => (await this.#look()).accepted - before.accepted >= this.#count / 10)
    const during = await flash()
    if (await isFinished(running, alert.id))
      throw new Error('the urgent alert was over before the flash; take more subscriptions')
    await finished(running, alert.id)
    return { readers: alone.due, aloneSeconds: secondsOf(alone), duringSeconds: secondsOf(during) }
  }

  /** How long alerts take to sockets while an urgent one is pushed to all. */
  async fanOut(running: Running): Promise<FanOutFigures> {
    const readers = new Readers(running, 1)
    try {
      await readers.connect(fanOutSockets)
      const quiet = await readers.alerts(fanOutRounds)
      const { alert } = await publish(running.url, textsIn(languages))
      const pushing: number[] = []
      while (!(await isFinished(running, alert.id))) pushing.push(await readers.alertMs())
      const { accepted } = await finished(running, alert.id)
      const figures = (delays: readonly number[]) => ({
        median: median(delays),
        p90: delays.toSorted((a, b) => a - b)[Math.floor(delays.length * 0.9)] ?? Number.NaN,
      })
      const busy = { alerts: pushing.length, ...figures(pushing) }
      return { sockets: fanOutSockets, quiet: figures(quiet), pushing: busy, pushed: accepted }
    } finally {
      await readers.end()
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #look(): Promise<SinkReport> {
    return this.#sink.worker.ask<SinkReport>('look', 'accepted')
  }
}
