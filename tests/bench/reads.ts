import { mkdir, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Running, startNode } from '../support/processes/service.ts'
import { Readers } from './clients/readers.ts'
import { largeLog } from './common/large-log.ts'
import { canPin, Worker } from './common/processes.ts'
import type { Steps } from './common/step-timer.ts'
import { median } from './common/summary.ts'
import type { ReadOrder, ReadReport } from './common/words.ts'

// What plain reads of a long log cost the live: the whole service as `npm start` runs it on a log of a million entries,
// readers on sockets, and clients who ask for what is rare as fast as they are answered.

const usage = `Measures what plain reads of a long log cost the live readers.

Usage: npm run bench:reads -- [--entries 1000000] [--clients 50] [--sockets 3000] [--alerts 20] [--seconds 10]

  --entries   entries of the log; it is made once and kept
  --clients   who read as fast as they are answered
  --sockets   live readers
  --alerts    alerts in each turn
  --seconds   how long a turn of reads takes`

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '1000000' },
    clients: { type: 'string', default: '50' },
    sockets: { type: 'string', default: '3000' },
    alerts: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
/** Quiet and busy take turns, so that the machine's moods meet both. */
const rounds = 3
const [entries, clients, sockets, alerts] = [values.entries, values.clients, values.sockets, values.alerts].map(
  Number,
) as [number, number, number, number]
const tell = (line: string) => process.stderr.write(`${line}\n`)

tell(`a log of ${entries} entries …`)
const { folder, madeMs } = largeLog(entries)
tell(madeMs === 0 ? `  is there: ${folder}` : `  made in ${(madeMs / 1_000).toFixed(1)} s: ${folder}`)
const stepTimer = fileURLToPath(new URL('common/step-timer.ts', import.meta.url))
const env = { LOG_LEVEL: 'error', NODE_OPTIONS: `--import=${stepTimer}` }
const service = await startNode(folder, env, undefined, undefined, canPin ? 0 : null)
const readers = new Readers(service, 1)
const asking = new Worker(new URL('./clients/read-clients.ts', import.meta.url), 1)

/** The steps of the thread with the sockets since this was last asked. */
async function stepsOf({ child, error }: Running): Promise<Steps> {
  const before = error().length
  child.kill('SIGUSR2')
  for (;;) {
    const told = /^steps (.*)$/m.exec(error().slice(before))?.[1]
    if (told !== undefined) return JSON.parse(told) as Steps
    await sleep(10)
  }
}

async function epochOf(url: string): Promise<string> {
  const { head } = (await (await fetch(`${url}/v1/alerts?limit=1`)).json()) as { head: string }
  return head.slice(0, head.indexOf('.'))
}

const order: ReadOrder = {
  do: 'read',
  port: Number(new URL(service.url).port),
  clients,
  entries,
  epoch: await epochOf(service.url),
}
const ask = (what: ReadOrder) => asking.ask<ReadReport>(what, 'answered')
const noSteps: Steps = { longestMs: 0, long: 0, collections: 0, longestCollectionMs: 0, looks: 0 }
const joined = (one: Steps, other: Steps): Steps => ({
  longestMs: Math.max(one.longestMs, other.longestMs),
  long: one.long + other.long,
  collections: one.collections + other.collections,
  longestCollectionMs: Math.max(one.longestCollectionMs, other.longestCollectionMs),
  looks: one.looks + other.looks,
})
const said = ({ longestMs, long, collections, longestCollectionMs, looks }: Steps) =>
  `${longestMs.toFixed(1)} ms, ${long} over 5 ms of ${looks} looks, beside ${collections} with a garbage collection (up to ${longestCollectionMs.toFixed(1)} ms)`
const p90 = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length * 0.9)] ?? Number.NaN

try {
  tell(`${sockets} readers …`)
  await readers.connect(sockets)
  await readers.alerts(3)
  const found = { quiet: [] as number[], busy: [] as number[] }
  const steps = { quiet: noSteps, busy: noSteps }
  let counts = { answered: 0, refused: 0 }
  for (let turn = 1; turn <= rounds; turn += 1)
    for (const kind of ['quiet', 'busy'] as const) {
      tell(`${kind === 'quiet' ? 'in quiet' : `${clients} clients ask without a pause`}, ${turn} of ${rounds} …`)
      if (kind === 'busy') await ask(order)
      await sleep(500)
      await stepsOf(service)
      await sleep((Number(values.seconds) / rounds) * 1_000)
      steps[kind] = joined(steps[kind], await stepsOf(service))
      found[kind].push(...(await readers.alerts(Math.ceil(alerts / rounds))))
      const told = await ask({ do: 'rest' })
      counts = { answered: counts.answered + told.answered, refused: counts.refused + told.refused }
    }
  const { quiet, busy } = found
  const later = median(busy) - median(quiet)
  const summary = { entries, clients, sockets, madeMs, steps, quiet, busy, later, ...counts }
  process.stdout.write(
    `a log of ${entries} entries${madeMs === 0 ? '' : `, made in ${(madeMs / 1_000).toFixed(0)} s`}; ${clients} clients: ${counts.answered} answers, ${counts.refused} refused
longest step of the thread with the sockets, in its own CPU time: ${said(steps.busy)}; in quiet ${said(steps.quiet)}
an alert reaches the last of ${sockets}: ${median(busy).toFixed(0)} ms beside the clients (90 %: ${p90(busy).toFixed(0)}), ${median(quiet).toFixed(0)} ms in quiet (90 %: ${p90(quiet).toFixed(0)}): ${later.toFixed(0)} ms later; wanted: 50 at most\n`,
  )
  const results = new URL('results/', import.meta.url)
  await mkdir(results, { recursive: true })
  const at = new Date().toISOString()
  await writeFile(
    new URL(`reads-${at.replaceAll(':', '')}.json`, results),
    `${JSON.stringify({ at, ...summary }, null, 2)}\n`,
  )
} finally {
  await Promise.all([readers.end(), asking.end()])
  await service.end('SIGTERM')
}
process.exit(0)
