import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { publish, type Running, startNode } from '../../support/processes/service.ts'
import { Readers, roundMs, texts } from '../clients/readers.ts'
import { Worker } from '../common/processes.ts'
import { pushHost, type SinkReport } from './push-report.ts'
import type { BurnOrder, SurgeOrder, SurgeReport } from './subscribe-report.ts'

/** What a round takes at the most, for the length of a load that lasts as long as the alerts. */
const roundMsMax = roundMs + 100
const core = { readers: 0, others: 1 }
const ticksPerSecond = 100

export type Fastest = BurnOrder & { readonly report: SurgeReport }
export type Busy = { readonly delays: readonly number[]; readonly report: SurgeReport; readonly pushed: number }

/** A service, its readers, its new subscribers and a stranger who uses as much of the machine as they do. */
export class SurgeHouse {
  readonly #folder: string
  readonly #service: Running
  readonly #readers: Readers
  readonly #subscribers = new Worker(new URL('../clients/subscribe-load.ts', import.meta.url), core.others)
  readonly #stranger: Worker
  readonly #unknownHostUrl: string
  readonly #sink: Worker | null

  private constructor(
    service: Running,
    {
      folder,
      sink,
      stranger,
      unknownHostUrl,
    }: { folder: string; sink: Worker | null; stranger: Worker; unknownHostUrl: string },
  ) {
    this.#folder = folder
    this.#service = service
    this.#readers = new Readers(service, core.readers)
    this.#stranger = stranger
    this.#unknownHostUrl = unknownHostUrl
    this.#sink = sink
  }

  /** Starts all of it. With `push`, the alert at the beginning of each surge is pushed. */
  static async open(sockets: number, push: boolean): Promise<SurgeHouse> {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
    const sink = push ? new Worker(new URL('./push-sink.ts', import.meta.url), core.others) : null
    const service = await startNode(folder, sink === null ? {} : await pushingTo(sink, folder))
    const stranger = new Worker(new URL('../clients/burner.ts', import.meta.url), core.others)
    const { url: unknownHostUrl } = await stranger.next<{ url: string }>('url')
    const deps = new SurgeHouse(service, { folder, sink, stranger, unknownHostUrl })
    await deps.#subscribers.next<{ ready: boolean }>('ready')
    await deps.#readers.connect(sockets)
    return deps
  }

  /** Subscribers come as fast as they are answered. */
  async fastest(seconds: number): Promise<Fastest> {
    const before = cpuMicroseconds(this.#service)
    const report = await this.#surge(this.#service.url, 0, seconds)
    const after = cpuMicroseconds(this.#service)
    const mainMicros = (after.main - before.main) / report.made
    return { report, mainMicros, otherMicros: (after.all - before.all) / report.made - mainMicros }
  }

  async quiet(rounds: number): Promise<readonly number[]> {
    return this.#readers.alerts(rounds)
  }

  /** The same load of requests, at a stranger who uses as much CPU time for each as the service did. */
  async besideStranger(rounds: number, perSecond: number, order: BurnOrder): Promise<readonly number[]> {
    const { mainMicros, otherMicros } = order
    await this.#stranger.ask({ mainMicros, otherMicros } satisfies BurnOrder, 'burning')
    const coming = this.#surge(this.#unknownHostUrl, perSecond, lengthOf(rounds))
    const delays = await this.#readers.alerts(rounds)
    await coming
    return delays
  }

  /** Pushes to all subscribers so far, without new ones. */
  async pushing(rounds: number): Promise<readonly number[]> {
    await publish(this.#service.url, { texts })
    const delays = await this.#readers.alerts(rounds)
    await this.#pushedOut()
    return delays
  }

  async surge(rounds: number, perSecond: number): Promise<Busy> {
    const before = await this.#accepted()
    if (this.#sink !== null) await publish(this.#service.url, { texts })
    const coming = this.#surge(this.#service.url, perSecond, lengthOf(rounds))
    const delays = await this.#readers.alerts(rounds)
    const report = await coming
    const pushed = (await this.#accepted()) - before
    await this.#pushedOut()
    return { delays, report, pushed }
  }

  async close(): Promise<void> {
    const workers = [this.#readers, this.#subscribers, this.#stranger, this.#sink]
    await Promise.all([...workers.map((worker) => worker?.end()), this.#service.end('SIGTERM')])
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #surge(url: string, perSecond: number, seconds: number): Promise<SurgeReport> {
    // Those who want the urgent are sent nothing by the routine alerts that the sockets hear.
    const order: SurgeOrder = { do: 'surge', url, perSecond, seconds, level: 'urgent' }
    return this.#subscribers.ask<SurgeReport>(order, 'made')
  }

  async #accepted(): Promise<number> {
    return this.#sink === null ? 0 : (await this.#sink.ask<SinkReport>('look', 'accepted')).accepted
  }

  /** Waits until nothing is pushed any more, so that the next cycle begins quiet. */
  async #pushedOut(): Promise<void> {
    for (let before = -1, now = await this.#accepted(); now !== before; now = await this.#accepted()) {
      before = now
      await sleep(1_000)
    }
  }
}

async function pushingTo(sink: Worker, folder: string): Promise<Record<string, string>> {
  const { port, cert } = await sink.next<{ readonly port: number; readonly cert: string }>('port')
  const authority = join(folder, 'sink.pem')
  writeFileSync(authority, cert)
  return { NODE_EXTRA_CA_CERTS: authority, PUSH_CONNECT_TO: `${pushHost}=127.0.0.1:${port}` }
}

function lengthOf(rounds: number): number {
  return Math.ceil((rounds * roundMsMax) / 1_000)
}

/** The CPU time of the main thread and of the whole process, in microseconds; NaN where there is no /proc. */
function cpuMicroseconds({ child }: Running): { readonly main: number; readonly all: number } {
  try {
    const times = readdirSync(`/proc/${child.pid}/task`).map((thread) => ({
      thread,
      micros: microsIn(readFileSync(`/proc/${child.pid}/task/${thread}/stat`, 'utf8')),
    }))
    const main = times.find(({ thread }) => Number(thread) === child.pid)?.micros ?? Number.NaN
    return { main, all: times.reduce((sum, { micros }) => sum + micros, 0) }
  } catch {
    return { main: Number.NaN, all: Number.NaN }
  }
}

function microsIn(stat: string): number {
  // Fields 14 and 15, counted after the name, which may have spaces (proc_pid_stat(5)).
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (((user ?? Number.NaN) + (system ?? Number.NaN)) / ticksPerSecond) * 1e6
}
