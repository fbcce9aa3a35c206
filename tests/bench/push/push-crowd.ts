import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from '../../../src/desk/delivery-schema.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { importCrowd } from '../../support/bulk-subscriptions.ts'
import { ask, publish, type Running, startNode } from '../../support/processes/service.ts'
import { makeInterest, newId } from '../../support/push/push-deps.ts'
import { Readers } from '../clients/readers.ts'
import { canPin, type Worker } from '../common/processes.ts'
import { median } from '../common/summary.ts'
import { pushHost, type SinkReport } from './push-report.ts'

/** Thirty languages, as many as the largest newsrooms of this kind have. */
const languages = 'en fa ps ar ru uk be ro bg hu sr bs mk sq ka hy az kk ky tg tk uz tt ba ce crh ur tr zh es'.split(
  ' ',
)
const waitMsMax = 600_000
const lookMs = 20
const keyPairs = 200
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

type Sink = { readonly worker: Worker; readonly port: number; readonly cert: string }

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
    const pairs = Array.from({ length: keyPairs }, makeBrowserKeys)
    const people = Array.from({ length: this.#count }, (_, nth) => {
      const { pair } = pairs[nth % keyPairs] ?? makeBrowserKeys()
      const language = languages[nth % languages.length] ?? 'en'
      return {
        address: addressOf(`https://${pushHost}/fcm/send/${newId()}`, { pair, auth: randomBytes(16) }),
        interest: makeInterest({ languages: [language] }),
      }
    })
    await importCrowd(this.#folder, people)
    const newsroom = { name: 'Bench', languages: languages.map((tag) => ({ tag })), topics: [] }
    writeFileSync(join(this.#folder, 'newsroom.json'), JSON.stringify(newsroom))
    writeFileSync(join(this.#folder, 'ca.pem'), this.#sink.cert)
  }

  /** Runs the service while `act` uses it; `pinned`: on core 0 alone. */
  async run<It>(preparedMax: number, act: (running: Running) => Promise<It>, pinned = canPin): Promise<It> {
    const running = await startNode(this.#folder, {
      NEWSROOM: join(this.#folder, 'newsroom.json'),
      NODE_EXTRA_CA_CERTS: join(this.#folder, 'ca.pem'),
      PUSH_CONNECT_TO: `${pushHost}=127.0.0.1:${this.#sink.port}`,
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
    const before = { ...(await this.#look()), cpu: cpuMicrosOf(running), atMs: Date.now() }
    await publish(running.url, textsIn(languages))
    await until(async () => (await this.#look()).accepted - before.accepted >= this.#count)
    const { lastAtMs } = await this.#look()
    const memory = readFileSync(`/proc/${running.child.pid}/status`, 'utf8')
    return {
      subscriptions: this.#count,
      prepared,
      lastSeconds: (lastAtMs - before.atMs) / 1_000,
      cpuMicrosEach: (cpuMicrosOf(running) - before.cpu) / this.#count,
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

const textsIn = (tags: readonly string[]) => ({
  texts: Object.fromEntries(
    tags.map((tag) => [tag, { headline: `Monitors leave the valley (${tag})`, summary: 'They say it is not safe.' }]),
  ),
})

/** Null until the alert's pushes are opened, a moment after it is published. */
async function deliveryOf(running: Running, id: string): Promise<Delivery | null> {
  const answer = await ask(running.url, 'GET', `/v1/alerts/${id}/delivery`)
  const body = (await answer.json()) as { readonly deliveries: readonly Delivery[] }
  return body.deliveries[0] ?? null
}

async function isFinished(running: Running, id: string): Promise<boolean> {
  const delivery = await deliveryOf(running, id)
  return delivery !== null && delivery.finishedAt !== null
}

async function finished(running: Running, id: string): Promise<Delivery> {
  await until(() => isFinished(running, id))
  const delivery = await deliveryOf(running, id)
  if (delivery === null) throw new Error(`the delivery of ${id} is not there any more`)
  return delivery
}

function secondsOf({ startedAt, finishedAt }: Delivery): number {
  return (Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')) / 1_000
}

async function preparedOf(running: Running): Promise<number> {
  const text = await (await fetch(new URL('/metrics', running.url))).text()
  return Number(/^tocsin_push_prepared (\d+)/m.exec(text)?.[1] ?? 0)
}

function cpuMicrosOf({ child }: Running): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  // utime and stime, in ticks of 10 ms (proc_pid_stat(5)).
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

function kilobytesOf(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + waitMsMax
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`not in ${waitMsMax / 1_000} s`)
    await sleep(lookMs)
  }
}
