import { mkdir, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { epoch } from './common/message.ts'
import { hasCompiler } from './common/native-programs.ts'
import { canPin, Worker } from './common/processes.ts'
import { median } from './common/summary.ts'
import { type ClientOrder, clockMicroseconds, type Dialect, type ServerOrder } from './common/words.ts'

// How long it takes until all who come back at once, 50 entries behind, are live again: against the time that plain ws
// takes merely to accept as many. And how long an alert that is posted meanwhile takes to those who are caught up.

const usage = `Measures a storm: how long it takes until all who come back at once, 50 entries behind, are live again, beside the time
that plain ws takes merely to accept as many; and how long an alert takes meanwhile to those who are caught up.

Usage: npm run bench:storm -- [--sockets 15000] [--cycles 3]

  --sockets   who come back
  --cycles    storms of each; the servers take turns`

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '15000' },
    cycles: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const sockets = Number(values.sockets)
// Those who return in JavaScript take longer than the server that takes them in: then it is they who are measured.
const returnersFile = new URL(hasCompiler ? './clients/storm-client.ts' : './clients/client.ts', import.meta.url)
const watchers = 500
const quietAlerts = 10
const pauseMs = 100
const queries = [
  'languages=en',
  'languages=fa,en&level=urgent',
  'languages=en&topics=afghanistan,iran',
  'languages=ru,uk,en',
]
const plain: Dialect = { paths: ['/'], greetings: 0 }
const watching: Dialect = { paths: queries.map((query) => `/v1/socket?${query}`), greetings: 1 }
// A welcome and a live; the alerts between them are counted apart.
const returning: Dialect = { paths: queries.map((query) => `/v1/socket?${query}&after=${epoch}.10`), greetings: 2 }

type Storm = { readonly ms: number; readonly cpuMicroseconds: number; readonly reads: number }

async function storm(name: 'ws-send' | 'tocsin-return'): Promise<Storm> {
  const server = new Worker(new URL(`./servers/${name}.ts`, import.meta.url), 0)
  const client = new Worker(returnersFile, 1)
  try {
    const { ready: port } = await server.next<{ ready: number }>('ready')
    const before = await cpuOf(server)
    const beganAt = clockMicroseconds()
    await connect(client, port, sockets, name === 'ws-send' ? plain : returning)
    const ms = (clockMicroseconds() - beganAt) / 1_000
    const cpuMicroseconds = ((await cpuOf(server)) - before) / sockets
    const reads = name === 'ws-send' ? 0 : Number(await (await fetch(`http://127.0.0.1:${port}/`)).text())
    return { ms, cpuMicroseconds, reads }
  } finally {
    await Promise.all([server.end(), client.end()])
  }
}

type Meanwhile = { readonly quietMs: number; readonly stormMs: readonly number[] }

/** The time of an alert to the last of those who are caught up: in quiet, and while the others return. */
async function meanwhile(): Promise<Meanwhile> {
  const server = new Worker(new URL('./servers/tocsin-return.ts', import.meta.url), 0)
  const watcher = new Worker(new URL('./clients/client.ts', import.meta.url), 1)
  const client = new Worker(returnersFile, 1)
  try {
    const { ready: port } = await server.next<{ ready: number }>('ready')
    await connect(watcher, port, watchers, watching)
    const quiet: number[] = []
    for (let count = 0; count < quietAlerts; count += 1) quiet.push(await alert(server, watcher))
    let isOver = false
    const over = connect(client, port, sockets, returning).then(() => {
      isOver = true
    })
    const stormMs: number[] = []
    await sleep(pauseMs)
    while (!isOver) {
      stormMs.push(await alert(server, watcher))
      await sleep(pauseMs)
    }
    await over
    return { quietMs: median(quiet), stormMs }
  } finally {
    await Promise.all([server.end(), watcher.end(), client.end()])
  }
}

async function connect(client: Worker, port: number, count: number, dialect: Dialect): Promise<void> {
  await client.ask({ do: 'connect', port, count, dialect } satisfies ClientOrder, 'connected')
}

async function cpuOf(server: Worker): Promise<number> {
  const order: ServerOrder = { do: 'usage' }
  return (await server.ask<{ cpuMicroseconds: number }>(order, 'cpuMicroseconds')).cpuMicroseconds
}

let seq = 0
async function alert(server: Worker, watcher: Worker): Promise<number> {
  await watcher.ask({ do: 'expect' } satisfies ClientOrder, 'expecting')
  const heard = watcher.next<{ lastAt: number }>('lastAt')
  heard.catch(() => {})
  seq += 1
  const beganAt = clockMicroseconds()
  server.tell({ do: 'broadcast', seq } satisfies ServerOrder)
  return ((await heard).lastAt - beganAt) / 1_000
}

const found = { 'ws-send': [] as Storm[], 'tocsin-return': [] as Storm[] }
const alerts: Meanwhile[] = []
for (let cycle = 0; cycle < Number(values.cycles); cycle += 1) {
  const turn = ['ws-send', 'tocsin-return'] as const
  for (const name of cycle % 2 === 0 ? turn : turn.toReversed()) found[name].push(await storm(name))
  alerts.push(await meanwhile())
}
const of = (name: keyof typeof found, field: keyof Storm) => median(found[name].map((it) => it[field]))
const ratio = (field: keyof Storm) => of('tocsin-return', field) / of('ws-send', field)
const reads = Math.max(...found['tocsin-return'].map((it) => it.reads))
const extra = alerts.flatMap(({ quietMs, stormMs }) => stormMs.map((ms) => ms - quietMs)).toSorted((a, b) => a - b)
process.stdout.write(
  `${sockets} readers come back 50 entries behind: all live after ${of('tocsin-return', 'ms').toFixed(0)} ms; plain ws accepts as many in ${of('ws-send', 'ms').toFixed(0)} ms: × ${ratio('ms').toFixed(2)}; CPU of the server for each × ${ratio('cpuMicroseconds').toFixed(2)}
an alert posted meanwhile reaches the last of ${watchers} caught up ${median(extra).toFixed(0)} ms later than in quiet (${median(alerts.map(({ quietMs }) => quietMs)).toFixed(0)} ms), 90 % within ${extra[Math.floor(extra.length * 0.9)]?.toFixed(0)} ms, at worst ${extra.at(-1)?.toFixed(0)} ms (${extra.length} alerts)
reads of the log: ${reads}; ${values.cycles} cycles${canPin ? ', server on core 0, clients on core 1' : ''}, who return ${hasCompiler ? 'in C' : 'in JavaScript, and are the slower ones: install gcc'}\n`,
)
const folder = new URL('results/', import.meta.url)
await mkdir(folder, { recursive: true })
const at = new Date().toISOString()
await writeFile(
  new URL(`storm-${at.replaceAll(':', '')}.json`, folder),
  `${JSON.stringify({ at, sockets, found, alerts }, null, 2)}\n`,
)
process.exit(0)
