import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { textOf } from './common/message.ts'
import { absent } from './common/native-programs.ts'
import { canPin } from './common/processes.ts'
import { summaryOf, tableOf } from './common/summary.ts'
import { contenders, type Sizes, type Visit, visit } from './visit.ts'

const usage = `Compares Tocsin's fan-out, by WebSocket and by event stream, with plain ws, Socket.IO, Bun, nchan and the floors of Node
and of the kernel, on one core each. Who is not installed is left out. npm run bench:events: event streams alone.

Usage: npm run bench:fan-out -- [--sockets 10000] [--rounds 10] [--cycles 3] [--quiet 5] [--only tocsin,ws-send]

  --sockets   readers of each server
  --rounds    warm broadcasts in each visit
  --cycles    visits to each server; the servers take turns, so that the machine's moods meet all of them
  --quiet     seconds of idleness before the first, cold broadcast`

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '10' },
    cycles: { type: 'string', default: '3' },
    quiet: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(contenders).join(',') },
    help: { type: 'boolean', default: false },
  },
})

function wholeOf(flag: string, text: string, max: number): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > max || (number === 0 && flag !== 'quiet'))
    stop(`--${flag} is a whole number up to ${max}.\n\n${usage}`)
  return number
}

function stop(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}

if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const sizes: Sizes = {
  sockets: wholeOf('sockets', values.sockets, 60_000),
  rounds: wholeOf('rounds', values.rounds, 1_000),
  quietSeconds: wholeOf('quiet', values.quiet, 3_600),
}
const cycles = wholeOf('cycles', values.cycles, 100)
// Who is not installed is told of below, and left out.
const names = values.only.split(',').filter((name) => !absent.has(name))
const strange = names.find((name) => !Object.hasOwn(contenders, name))
if (strange !== undefined) stop(`There is no server “${strange}”; there are ${Object.keys(contenders).join(', ')}.`)

for (const [name, why] of absent) process.stderr.write(`without ${name}: ${why}\n`)
const visits = new Map<string, Visit[]>(names.map((name) => [name, []]))
for (let cycle = 0; cycle < cycles; cycle += 1) {
  // Each cycle begins with another one, so that nobody always follows the same neighbour.
  const turn = names.map((_, index) => names[(index + cycle) % names.length] ?? '')
  for (const name of turn) {
    process.stderr.write(`cycle ${cycle + 1} of ${cycles}: ${name} …\n`)
    visits.get(name)?.push(await visit(name, sizes))
  }
}

const summaries = names.map((name) => summaryOf(name, visits.get(name) ?? []))
const machine = { node: process.version, cpu: cpus()[0]?.model ?? '?', cores: cpus().length, pinned: canPin }
process.stdout.write(
  `${tableOf(summaries, sizes.sockets)}\n\n${sizes.sockets} sockets, ${cycles} × ${sizes.rounds} rounds, ${Buffer.byteLength(textOf(1))} bytes a message; Node ${machine.node}, ${machine.cpu}; ${canPin ? 'server on core 0, client on core 1' : 'not pinned: taskset is missing'}\n`,
)

const folder = new URL('results/', import.meta.url)
await mkdir(folder, { recursive: true })
const at = new Date().toISOString()
const file = new URL(`fan-out-${at.replaceAll(':', '')}.json`, folder)
await writeFile(
  file,
  `${JSON.stringify({ at, machine, sizes, cycles, summaries, visits: Object.fromEntries(visits) }, null, 2)}\n`,
)
