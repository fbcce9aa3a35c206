import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { publish, type Running, startNode } from '../support/service.ts'
import { Worker } from './processes.ts'
import type { SurgeOrder, SurgeReport } from './subscribe-words.ts'
import { median } from './summary.ts'
import { type ClientOrder, clockMicroseconds } from './words.ts'

const usage = `Measures a surge of new subscribers: the whole service in one process, subscribers and readers in two others.

Usage: npm run bench:subscribe -- [--sockets 300] [--per-second 1000] [--rounds 20] [--cycles 3] [--seconds 5]

  --sockets     readers on WebSockets, who hear each alert
  --per-second  new subscribers while alerts go out
  --rounds      alerts in each cycle without and with the surge
  --seconds     how long subscribers come as fast as they are answered`

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '300' },
    'per-second': { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '20' },
    cycles: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const sizes = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
const { sockets = 0, rounds = 0, cycles = 0, seconds = 0 } = sizes
const perSecond = sizes['per-second'] ?? 0
if (![sockets, rounds, cycles, seconds, perSecond].every((size) => Number.isSafeInteger(size) && size > 0)) {
  process.stderr.write(`Each flag is a whole number above 0.\n\n${usage}\n`)
  process.exit(2)
}

const roundMs = 150
const core = { readers: 0, subscribers: 1 }
const headline = 'Monitors leave the valley'
const summary = 'They say that it is not safe to stay, and that those who live there were not told. '.repeat(4)

/** From the request to publish until the last reader has the alert, in milliseconds. */
async function alertMs({ url }: Running, readers: Worker): Promise<number> {
  await readers.ask({ do: 'expect' } satisfies ClientOrder, 'expecting')
  const heard = readers.next<{ lastAt: number }>('lastAt')
  heard.catch(() => {})
  const beganAt = clockMicroseconds()
  await publish(url, { texts: { en: { headline, summary } } })
  return ((await heard).lastAt - beganAt) / 1_000
}

async function alerts(service: Running, readers: Worker): Promise<number[]> {
  const delays: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await sleep(roundMs)
    delays.push(await alertMs(service, readers))
  }
  return delays
}

const ticksPerSecond = 100

/** The CPU time of a process with all of its threads, in microseconds; NaN where there is no /proc. */
async function cpuMicroseconds({ child }: Running): Promise<number> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => '')
  // Fields 14 and 15, counted after the name, which may have spaces (proc_pid_stat(5)).
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (((user ?? Number.NaN) + (system ?? Number.NaN)) / ticksPerSecond) * 1e6
}

function surge(subscribers: Worker, { url }: Running, pace: number, length: number): Promise<SurgeReport> {
  const order: SurgeOrder = { do: 'surge', url, perSecond: pace, seconds: length }
  return subscribers.ask<SurgeReport>(order, 'made')
}

async function measure(service: Running, readers: Worker, subscribers: Worker) {
  const dialect = { paths: ['/v1/socket?languages=en'], greetings: 1 }
  const port = Number(new URL(service.url).port)
  await readers.ask({ do: 'connect', port, count: sockets, dialect } satisfies ClientOrder, 'connected')
  const cpuBefore = await cpuMicroseconds(service)
  const fastest = await surge(subscribers, service, 0, seconds)
  const cpuEach = ((await cpuMicroseconds(service)) - cpuBefore) / fastest.made
  const quiet: number[] = []
  const busy: number[] = []
  const paced: SurgeReport[] = []
  // Quiet and surge take turns, so that the machine's moods meet both.
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    process.stderr.write(`cycle ${cycle + 1} of ${cycles} …\n`)
    quiet.push(...(await alerts(service, readers)))
    const coming = surge(subscribers, service, perSecond, Math.ceil((rounds * (roundMs + 100)) / 1_000))
    busy.push(...(await alerts(service, readers)))
    paced.push(await coming)
  }
  return { fastest, cpuEach, paced, quiet, busy }
}

const folder = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
const service = await startNode(folder)
const [readers, subscribers] = [
  new Worker('./client.ts', core.readers),
  new Worker('./subscribe-load.ts', core.subscribers),
]
await subscribers.next<{ ready: boolean }>('ready')
const found = await measure(service, readers, subscribers).finally(async () => {
  await Promise.all([readers.end(), subscribers.end(), service.end('SIGTERM')])
  await rm(folder, { recursive: true, force: true })
})

const high = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.9)] ?? Number.NaN
const delay = (of: (values: readonly number[]) => number) =>
  `${of(found.quiet).toFixed(1)} ms without, ${of(found.busy).toFixed(1)} ms with: × ${(of(found.busy) / of(found.quiet)).toFixed(2)}`
const { fastest, cpuEach, paced } = found
const reached = median(paced.map(({ made, seconds: took }) => made / took))
process.stdout.write(
  [
    `subscriptions a second, as fast as they are answered: ${(fastest.made / fastest.seconds).toFixed(0)} (answered in ${fastest.medianMs.toFixed(1)} ms, p99 ${fastest.p99Ms.toFixed(1)} ms)`,
    `the service's CPU for one, all threads: ${cpuEach.toFixed(0)} µs`,
    `with ${perSecond} a second and alerts: ${reached.toFixed(0)} a second, answered in ${median(paced.map((it) => it.medianMs)).toFixed(1)} ms, p99 ${median(paced.map((it) => it.p99Ms)).toFixed(1)} ms`,
    `publish until the last of ${sockets} sockets, median: ${delay(median)}`,
    `the same, p90: ${delay(high)}`,
    `Node ${process.version}, ${cpus()[0]?.model ?? '?'}, ${cpus().length} cores, shared by all three processes`,
    '',
  ].join('\n'),
)

const results = new URL('results/', import.meta.url)
await mkdir(results, { recursive: true })
const at = new Date().toISOString()
const machine = { node: process.version, cpu: cpus()[0]?.model ?? '?', cores: cpus().length }
await writeFile(
  new URL(`subscribe-${at.replaceAll(':', '')}.json`, results),
  `${JSON.stringify({ at, machine, sizes, ...found }, null, 2)}\n`,
)
