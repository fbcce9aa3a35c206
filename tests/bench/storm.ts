import { parseArgs } from 'node:util'
import { epoch } from './message.ts'
import { canPin, Worker } from './processes.ts'
import { median } from './summary.ts'
import { type ClientOrder, clockMicroseconds, type Dialect } from './words.ts'

// How long it takes until all who come back at once, 50 entries behind, are live again: against the time that plain ws takes
// merely to accept as many.

const { values } = parseArgs({
  options: { sockets: { type: 'string', default: '15000' }, cycles: { type: 'string', default: '3' } },
})
const sockets = Number(values.sockets)
const paths = [
  'languages=en',
  'languages=fa,en&level=urgent',
  'languages=en&topics=afghanistan,iran',
  'languages=ru,uk,en',
]
const contenders: Readonly<Record<string, Dialect>> = {
  'ws-send': { paths: ['/'], greetings: 0 },
  // A welcome and a live; the alerts between them are counted apart.
  'tocsin-return': { paths: paths.map((query) => `/v1/socket?${query}&after=${epoch}.10`), greetings: 2 },
}

async function visit(name: string, dialect: Dialect): Promise<{ ms: number; reads: number }> {
  const server = new Worker(`./servers/${name}.ts`, 0)
  const client = new Worker('./client.ts', 1)
  try {
    const { ready: port } = await server.next<{ ready: number }>('ready')
    const beganAt = clockMicroseconds()
    const order: ClientOrder = { do: 'connect', port, count: sockets, dialect }
    await client.ask(order, 'connected')
    const ms = (clockMicroseconds() - beganAt) / 1_000
    const reads = name === 'tocsin-return' ? Number(await (await fetch(`http://127.0.0.1:${port}/`)).text()) : 0
    return { ms, reads }
  } finally {
    await Promise.all([server.end(), client.end()])
  }
}

const times = new Map<string, number[]>()
let reads = 0
for (let cycle = 0; cycle < Number(values.cycles); cycle += 1)
  for (const [name, dialect] of Object.entries(contenders)) {
    const found = await visit(name, dialect)
    reads = Math.max(reads, found.reads)
    times.set(name, [...(times.get(name) ?? []), found.ms])
  }
const [plain = Number.NaN, returning = Number.NaN] = Object.keys(contenders).map((name) =>
  median(times.get(name) ?? []),
)
process.stdout.write(
  `${sockets} readers come back 50 entries behind: all live after ${returning.toFixed(0)} ms; plain ws accepts as many in ${plain.toFixed(0)} ms: × ${(returning / plain).toFixed(2)}\n` +
    `reads of the log: ${reads}; ${values.cycles} cycles${canPin ? ', server on core 0, client on core 1' : ''}\n`,
)
process.exit(0)
