import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Worker } from './common/processes.ts'
import { makeCrowd } from './push/generated-crowd.ts'
import { type MillionFigures, sendToAll } from './push/million-run.ts'
import type { Sink } from './push/push-report.ts'

const usage = `Pushes an alert to a million generated subscriptions: the service as npm start runs it, on SQLite, and a push service that
accepts everything. Nothing is pinned: both share the cores.

Usage: npm run bench:million -- [--subscriptions 1000000] [--threads 2] [--prepared 0.99] [--runs 1] [--folder DIR] [--ask]

  --subscriptions  readers, in 30 languages
  --threads        push threads of the service
  --prepared       share of readers with a key made ahead when the alert goes out; 0: none
  --runs           starts; each sends an alert, and then one with a flash to one language beside it
  --folder         keeps the data folder there for the next time, because making a million takes minutes
  --ask            when the keys are made, waits for a line on standard input: end what else runs on the machine before it`

const { values } = parseArgs({
  options: {
    subscriptions: { type: 'string', default: '1000000' },
    threads: { type: 'string', default: '2' },
    prepared: { type: 'string', default: '0.99' },
    runs: { type: 'string', default: '1' },
    folder: { type: 'string' },
    ask: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const [subscriptions, threads, preparedShare, runs] = [
  values.subscriptions,
  values.threads,
  values.prepared,
  values.runs,
].map(Number) as [number, number, number, number]
const areValid = [subscriptions, threads, runs].every((it) => Number.isSafeInteger(it) && it > 0)
if (values.help || !areValid || !(preparedShare >= 0 && preparedShare <= 1)) {
  process.stdout.write(`${usage}\n`)
  process.exit(values.help ? 0 : 2)
}

const lines = values.ask ? createInterface({ input: process.stdin })[Symbol.asyncIterator]() : null
async function ready(prepared: number, seconds: number): Promise<void> {
  say(`${prepared} keys were made in ${seconds.toFixed(0)} s`)
  await lines?.next()
}
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const sinkWorker = new Worker(new URL('./push/push-sink.ts', import.meta.url), null)
const sink: Sink = { worker: sinkWorker, ...(await sinkWorker.next<{ port: number; cert: string }>('port')) }
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
mkdirSync(folder, { recursive: true })
try {
  say(`${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}; ${subscriptions} subscriptions`)
  if (!existsSync(join(folder, 'newsroom.json'))) await makeCrowd(folder, subscriptions)
  for (let run = 0; run < runs; run += 1)
    for (const beside of [false, true])
      say(lineOf(await sendToAll({ folder, sink, subscriptions, threads, preparedShare, ready }, beside)))
} finally {
  await sinkWorker.end()
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true })
}

function lineOf(figures: MillionFigures): string {
  const { prepared, lastSeconds, serviceMicrosEach, sinkMicrosEach, rssBeforeMib, rssPeakMib, beside } = figures
  const share = (100 * sinkMicrosEach) / (serviceMicrosEach + sinkMicrosEach)
  const flash =
    beside === null
      ? ''
      : `; a flash to ${beside.readers} beside it took ${beside.seconds.toFixed(1)} s from its publication`
  return (
    `last acceptance after ${lastSeconds.toFixed(1)} s with ${prepared} keys made ahead; CPU a push: service ` +
    `${serviceMicrosEach.toFixed(1)} µs, push service of the bench ${sinkMicrosEach.toFixed(1)} µs (${share.toFixed(0)} %); resident ` +
    `${rssBeforeMib.toFixed(0)} MiB before, ${rssPeakMib.toFixed(0)} MiB at most${flash}`
  )
}
