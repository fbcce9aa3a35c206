import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildFor, startService } from './common/started-service.ts'
import { median } from './common/summary.ts'
import { treeUsageOf } from './common/tree-usage.ts'

const usage = `Measures a start of the service: fresh starts by npm start's own way, in an empty data folder, idle afterwards.

Usage: npm run bench:start -- [--starts 7] [--idle 3] [--against DIR]

  --starts    fresh starts of each
  --idle      seconds between "ready" and the look at its memory
  --against   other checkouts (with their node_modules) to compare with, comma between them; all take turns`

const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '7' },
    idle: { type: 'string', default: '3' },
    against: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}

type Start = {
  readonly readyMs: number
  /** CPU of all processes and threads until ready. */
  readonly readyCpuMs: number
  /** Then, until the end of the idle seconds: the warm-up. */
  readonly idleCpuMs: number
  readonly residentMib: number
  /** The part of it that is the program's and the libraries' own files, which other processes share. */
  readonly fileMib: number
}

const here = fileURLToPath(new URL('../../', import.meta.url))
const others = values.against?.split(',') ?? []
const roots = { ...Object.fromEntries(others.map((root) => [basename(root), root])), here }
const found = new Map<string, Start[]>(Object.keys(roots).map((name) => [name, []]))

async function start(root: string): Promise<Start> {
  const service = await startService(root, {}, null)
  try {
    const ready = treeUsageOf(service.pid)
    await sleep(Number(values.idle) * 1_000)
    const idle = treeUsageOf(service.pid)
    return {
      readyMs: service.readyMs,
      readyCpuMs: ready.cpuMs,
      idleCpuMs: idle.cpuMs - ready.cpuMs,
      residentMib: idle.residentMib,
      fileMib: idle.fileMib,
    }
  } finally {
    await service.end()
  }
}

for (const root of Object.values(roots)) buildFor(root)
for (let count = 0; count < Number(values.starts); count += 1)
  for (const [name, root] of Object.entries(roots)) found.get(name)?.push(await start(root))

const nodeOf = (root: string) =>
  (JSON.parse(readFileSync(join(root, 'node_modules/node/package.json'), 'utf8')) as { version: string }).version
for (const [name, starts] of found) {
  const of = (field: keyof Start) => {
    const all = starts.map((it) => it[field]).toSorted((a, b) => a - b)
    return `${median(all).toFixed(0)} (${all[0]?.toFixed(0)}–${all.at(-1)?.toFixed(0)})`
  }
  process.stdout.write(
    `${name}: ready after ${of('readyMs')} ms, with ${of('readyCpuMs')} ms of CPU, and ${of('idleCpuMs')} ms in the ${values.idle} s after; idle ${of('residentMib')} MiB resident, of which ${of('fileMib')} MiB are files\n`,
  )
}
process.stdout.write(
  `medians (least–most) of ${values.starts} starts; Node ${nodeOf(here)}, ${cpus().length} × ${cpus()[0]?.model ?? '?'}\n`,
)
const folder = new URL('results/', import.meta.url)
await mkdir(folder, { recursive: true })
const at = new Date().toISOString()
await writeFile(
  new URL(`start-${at.replaceAll(':', '')}.json`, folder),
  `${JSON.stringify({ at, found: Object.fromEntries(found) }, null, 2)}\n`,
)
