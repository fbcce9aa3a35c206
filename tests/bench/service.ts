import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus } from 'node:os'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { publish } from '../support/processes/service.ts'
import { usageOf } from './common/native.ts'
import { hasCompiler } from './common/native-programs.ts'
import { canPin, Worker } from './common/processes.ts'
import { buildFor, startService } from './common/started-service.ts'
import { median } from './common/summary.ts'
import { type ClientOrder, clockMicroseconds, type Dialect, type ServerOrder } from './common/words.ts'

const usage = `Measures what an alert costs the whole service: fresh starts by npm start's own way, with io_uring and without, beside
the bare hub with its sockets (io_uring). They take turns; each start is one visit: readers connect, an alert goes out at
once (the first), then others (warm). CPU of all threads of the service, from outside; one core for it, one for the readers.

Usage: npm run bench:service -- [--sockets 8000,15000] [--starts 5] [--rounds 8] [--only bare,io-uring,write] [--against DIR]

  --sockets   readers, for one size after the other
  --starts    fresh starts of each
  --rounds    warm alerts of each start
  --only      some of them
  --against   other checkouts (with their node_modules) to compare with, comma between them: they are visited too`

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '8000,15000' },
    starts: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '8' },
    only: { type: 'string', default: 'bare,io-uring,write' },
    against: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}

/** What belongs to an alert is over by then. */
const windowMs = 500
/** After a storm of readers and the first alert, what they have left behind is done by then. */
const settleMs = 1_500
const here = fileURLToPath(new URL('../../', import.meta.url))
const clientFile = new URL(hasCompiler ? './clients/socket-client.ts' : './clients/client.ts', import.meta.url)
const queries = [
  'languages=en',
  'languages=fa,en&level=urgent',
  'languages=en&topics=afghanistan,iran',
  'languages=ru,uk,en',
]
const dialect: Dialect = { paths: queries.map((query) => `/v1/socket?${query}`), greetings: 1 }
const body = (round: number) => ({
  topics: ['afghanistan'],
  texts: { en: { headline: `UN: Taliban Keeps Ties With Al-Qaeda (${round})`, summary: 'Despite the peace deal.' } },
})

/** A server on its port: what it has used so far, and how an alert is sent. */
type Server = {
  readonly port: number
  readonly cpuMicroseconds: () => Promise<number> | number
  readonly alert: (round: number) => Promise<unknown>
  readonly end: () => Promise<void>
}
type Round = { readonly cpuMicroseconds: number; readonly lastMs: number }
type Visit = { readonly first: Round; readonly warm: readonly Round[] }

const service = (root: string, ioUring: '0' | '1') => async (): Promise<Server> => {
  const started = await startService(root, { IO_URING: ioUring, LOG_LEVEL: 'error' }, canPin ? 0 : null)
  return {
    port: Number(new URL(started.url).port),
    cpuMicroseconds: () => usageOf(started.pid).cpuMicroseconds,
    alert: (round) => publish(started.url, body(round)),
    end: () => started.end(),
  }
}

async function bareHub(): Promise<Server> {
  const worker = new Worker(new URL('./servers/tocsin.ts', import.meta.url), 0)
  const { ready: port } = await worker.next<{ ready: number }>('ready')
  const order: ServerOrder = { do: 'usage' }
  return {
    port,
    cpuMicroseconds: async () =>
      (await worker.ask<{ cpuMicroseconds: number }>(order, 'cpuMicroseconds')).cpuMicroseconds,
    alert: (round) =>
      worker.ask<{ beganAt: number }>({ do: 'broadcast', seq: round + 1 } satisfies ServerOrder, 'beganAt'),
    end: () => worker.end(),
  }
}

const others = values.against?.split(',') ?? []
const known = (root: string) => ({ 'io-uring': service(root, '1'), write: service(root, '0') })
const servers: Readonly<Record<string, () => Promise<Server>>> = Object.fromEntries(
  [
    ['', { bare: bareHub, ...known(here) }] as const,
    ...others.map((root) => [`, ${basename(root)}`, known(root)] as const),
  ]
    .flatMap(([where, all]) => Object.entries(all).map(([name, start]) => ({ name, where, start })))
    .filter(({ name }) => values.only.split(',').includes(name))
    .map(({ name, where, start }) => [name + where, start]),
)

async function visit(start: () => Promise<Server>, sockets: number): Promise<Visit> {
  const server = await start()
  const client = new Worker(clientFile, 1)
  try {
    const connect: ClientOrder = { do: 'connect', port: server.port, count: sockets, dialect }
    await client.ask(connect, 'connected')
    const first = await alertTo(server, client, sockets, 0)
    await sleep(settleMs)
    const rounds: Round[] = []
    const quiet: number[] = []
    for (let round = 1; round <= Number(values.rounds); round += 1) {
      rounds.push(await alertTo(server, client, sockets, round))
      quiet.push(await quietCpu(server))
    }
    // Heartbeats and what else goes on without an alert.
    const others = median(quiet) / sockets
    const warm = rounds.map(({ cpuMicroseconds, lastMs }) => ({ cpuMicroseconds: cpuMicroseconds - others, lastMs }))
    return { first, warm }
  } finally {
    await Promise.all([server.end(), client.end()])
  }
}

/** One alert: the CPU of its window for each of the readers, and the time until the last of them had it. */
async function alertTo(server: Server, client: Worker, sockets: number, round: number): Promise<Round> {
  await client.ask({ do: 'expect' } satisfies ClientOrder, 'expecting')
  const before = await server.cpuMicroseconds()
  const heard = client.next<{ lastAt: number }>('lastAt')
  // When the alert is refused, that is the failure to tell.
  heard.catch(() => {})
  const over = sleep(windowMs)
  const postedAt = clockMicroseconds()
  await server.alert(round)
  const { lastAt } = await heard
  await over
  const cpuMicroseconds = ((await server.cpuMicroseconds()) - before) / sockets
  return { cpuMicroseconds, lastMs: (lastAt - postedAt) / 1_000 }
}

async function quietCpu(server: Server): Promise<number> {
  const before = await server.cpuMicroseconds()
  await sleep(windowMs)
  return (await server.cpuMicroseconds()) - before
}

/** Of one start: medians of its warm alerts, and how the first compares with them. */
function figuresOf({ first, warm }: Visit) {
  const lastMs = median(warm.map((round) => round.lastMs))
  return {
    cpuMicroseconds: median(warm.map((round) => round.cpuMicroseconds)),
    lastMs,
    first: first.lastMs / lastMs,
  }
}

function tell(sockets: number, visits: ReadonlyMap<string, readonly Visit[]>): void {
  process.stdout.write(`${sockets} readers\n`)
  for (const [name, each] of visits) {
    const of = (field: keyof ReturnType<typeof figuresOf>, digits: number) => {
      const all = each.map((it) => figuresOf(it)[field]).toSorted((a, b) => a - b)
      return `${median(all).toFixed(digits)} (${all[0]?.toFixed(digits)}–${all.at(-1)?.toFixed(digits)})`
    }
    process.stdout.write(
      `  ${name.padEnd(24)} ${of('cpuMicroseconds', 1)} µs of CPU a message; to the last reader ${of('lastMs', 0)} ms; the first ÷ a warm one ${of('first', 2)}\n`,
    )
  }
  ratios(visits, 'io-uring', 'bare')
  ratios(visits, 'io-uring', 'write')
  for (const root of others)
    for (const name of ['io-uring', 'write']) ratios(visits, name, `${name}, ${basename(root)}`)
}

/** One against the other, turn by turn: of two that were visited one after the other, both met the same neighbours. */
function ratios(visits: ReadonlyMap<string, readonly Visit[]>, one: string, other: string): void {
  const [ours, theirs] = [visits.get(one), visits.get(other)]
  if (ours === undefined || theirs === undefined) return
  const cpuOf = (each: Visit | undefined) => (each === undefined ? Number.NaN : figuresOf(each).cpuMicroseconds)
  const all = ours.map((each, index) => cpuOf(each) / cpuOf(theirs[index])).toSorted((a, b) => a - b)
  process.stdout.write(
    `  ${one} ÷ ${other}: CPU a message × ${median(all).toFixed(2)} (${all[0]?.toFixed(2)}–${all.at(-1)?.toFixed(2)})\n`,
  )
}

/** The first request of a process loads its HTTP client, some 60 ms. That is no part of what an alert takes. */
async function loadHttpClient(): Promise<void> {
  const server = createServer((request, response) =>
    request.resume().on('end', () => response.writeHead(201).end('{}')),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await publish(`http://127.0.0.1:${port}`, body(0))
  server.close()
}

await loadHttpClient()
buildFor(here)
for (const root of others) buildFor(root)
const results: Record<string, Record<string, readonly Visit[]>> = {}
for (const sockets of values.sockets.split(',').map(Number)) {
  const visits = new Map<string, Visit[]>(Object.keys(servers).map((name) => [name, []]))
  for (let turn = 0; turn < Number(values.starts); turn += 1) {
    const order = Object.entries(servers)
    // Nobody always follows the same neighbour.
    for (const [name, start] of turn % 2 === 0 ? order : order.toReversed())
      visits.get(name)?.push(await visit(start, sockets))
  }
  tell(sockets, visits)
  results[sockets] = Object.fromEntries(visits)
}
process.stdout.write(
  `medians (least–most) of ${values.starts} starts, ${values.rounds} warm alerts each; ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? '?'}${canPin ? ', service on core 0, readers on core 1' : ''}${hasCompiler ? '' : '; readers in JavaScript: install gcc'}\n`,
)
const folder = new URL('results/', import.meta.url)
await mkdir(folder, { recursive: true })
const at = new Date().toISOString()
await writeFile(
  new URL(`service-${at.replaceAll(':', '')}.json`, folder),
  `${JSON.stringify({ at, results }, null, 2)}\n`,
)
process.exit(0)
