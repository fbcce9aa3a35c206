import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { median } from './common/summary.ts'
import { SurgeHouse } from './push/subscribe-service.ts'

const usage = `Measures a surge of new subscribers: the whole service in one process, subscribers and readers in two others.

Usage: npm run bench:subscribe -- [--sockets 300] [--per-second 1000] [--rounds 20] [--cycles 3] [--seconds 5] [--push]

  --sockets     readers on WebSockets, who hear each alert
  --per-second  new subscribers while alerts go out
  --rounds      alerts in each cycle: quiet, beside a stranger's load of the same size, and with the surge
  --seconds     how long subscribers come as fast as they are answered
  --push        each surge begins with an alert that is pushed to all subscribers so far, at a sink; and so does a
                turn without new subscribers`

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '300' },
    'per-second': { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '20' },
    cycles: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    push: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const { push, help: _, ...texts } = values
const sizes = Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, Number(value)]))
const { sockets = 0, rounds = 0, cycles = 0, seconds = 0, 'per-second': perSecond = 0 } = sizes
if (![sockets, rounds, cycles, seconds, perSecond].every((size) => Number.isSafeInteger(size) && size > 0)) {
  process.stderr.write(`Each flag is a whole number above 0.\n\n${usage}\n`)
  process.exit(2)
}

async function measure(deps: SurgeHouse) {
  const fastest = await deps.fastest(seconds)
  const delays = { quiet: [] as number[], contention: [] as number[], pushing: [] as number[], surge: [] as number[] }
  const paced = []
  // They take turns, so that the machine's moods meet all.
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    process.stderr.write(`cycle ${cycle + 1} of ${cycles} …\n`)
    delays.quiet.push(...(await deps.quiet(rounds)))
    delays.contention.push(...(await deps.besideStranger(rounds, perSecond, fastest)))
    if (push) delays.pushing.push(...(await deps.pushing(rounds)))
    const busy = await deps.surge(rounds, perSecond)
    delays.surge.push(...busy.delays)
    paced.push(busy)
  }
  return { fastest, paced, delays }
}

const deps = await SurgeHouse.open(sockets, push)
const { fastest, paced, delays } = await measure(deps).finally(() => deps.close())

const high = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * 0.9)] ?? Number.NaN
function delay(of: (numbers: readonly number[]) => number): string {
  const [quiet, contention, surge] = [of(delays.quiet), of(delays.contention), of(delays.surge)]
  // The stranger does not push: what the surge adds to pushing is told beside it.
  const pushing = of(delays.pushing)
  const beside = push ? `, × ${(surge / pushing).toFixed(2)} of pushing alone (${pushing.toFixed(1)} ms)` : ''
  return `${quiet.toFixed(1)} ms quiet, ${contention.toFixed(1)} ms beside as much work of a stranger, ${surge.toFixed(1)} ms in the surge: × ${(surge / quiet).toFixed(2)} of quiet, × ${(surge / contention).toFixed(2)} of contention alone${beside}`
}
const middle = (of: (busy: (typeof paced)[number]) => number) => median(paced.map(of))
const { report } = fastest
const lines = [
  `subscriptions a second, as fast as they are answered: ${(report.made / report.seconds).toFixed(0)} (answered in ${report.medianMs.toFixed(1)} ms, p99 ${report.p99Ms.toFixed(1)} ms)`,
  `the service's CPU for one: ${fastest.mainMicros.toFixed(0)} µs in the main thread, ${fastest.otherMicros.toFixed(0)} µs in the others`,
  `with ${perSecond} a second and alerts: ${middle(({ report: { made, seconds: took } }) => made / took).toFixed(0)} a second, answered in ${middle((busy) => busy.report.medianMs).toFixed(1)} ms, p99 ${middle((busy) => busy.report.p99Ms).toFixed(1)} ms`,
  ...(push ? [`pushed meanwhile: ${middle((busy) => busy.pushed / busy.report.seconds).toFixed(0)} a second`] : []),
  `publish until the last of ${sockets} sockets, median: ${delay(median)}`,
  `the same, p90: ${delay(high)}`,
  `Node ${process.version}, ${cpus()[0]?.model ?? '?'}, ${cpus().length} cores, shared by all processes`,
]
process.stdout.write(`${lines.join('\n')}\n`)

const results = new URL('results/', import.meta.url)
await mkdir(results, { recursive: true })
const at = new Date().toISOString()
const machine = { node: process.version, cpu: cpus()[0]?.model ?? '?', cores: cpus().length }
await writeFile(
  new URL(`subscribe-${at.replaceAll(':', '')}.json`, results),
  `${JSON.stringify({ at, machine, sizes, push, fastest, paced, delays }, null, 2)}\n`,
)
