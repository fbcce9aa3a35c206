import { parseArgs } from 'node:util'
import { startWithTemplate } from '../support/postgres/template-database.ts'
import { measureDelays } from './cluster/alert-delay.ts'
import { measureAppends } from './cluster/append-rate.ts'
import { type ClaimFigures, measureClaims } from './cluster/claim-rate.ts'
import { type KeyHits, measureKeyHits } from './cluster/key-hits.ts'
import { type CommandFigures, measureMigration } from './cluster/migration.ts'

const usage = `Measures what many nodes on one PostgreSQL can do. A real server is started on this machine.

Usage: npm run bench:cluster -- [--only appends,delays,claims,keys,migration] [--rounds 5] [--seconds 2]
       [--sockets 3000] [--alerts 200] [--subscriptions 1000000] [--nodes 4] [--limit 400]
       [--readers 30000] [--folder DIR]

  --only           some of the parts
  --rounds         turns of each way to append
  --seconds        how long a turn takes
  --sockets        readers on sockets, on three nodes and on one on SQLite
  --alerts         alerts to the sockets of each
  --subscriptions  readers of the alerts whose work is claimed; those that migrate
  --nodes          how many claim at once
  --limit          the most pushes of a batch
  --readers        readers for whom three nodes compute keys in advance, a third each
  --folder         a data folder with subscriptions that migrate, as bench:million keeps one, in place of new ones;
                   migration is measured only when --only names it`

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'appends,delays,claims,keys' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    sockets: { type: 'string', default: '3000' },
    alerts: { type: 'string', default: '200' },
    subscriptions: { type: 'string', default: '1000000' },
    nodes: { type: 'string', default: '4' },
    limit: { type: 'string', default: '400' },
    readers: { type: 'string', default: '30000' },
    folder: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const wholeOf = (name: Exclude<keyof typeof values, 'help' | 'only' | 'folder'>): number => {
  const size = Number(values[name])
  if (Number.isSafeInteger(size) && size > 0) return size
  process.stderr.write(`--${name} is a whole number above 0.\n\n${usage}\n`)
  process.exit(2)
}
const [rounds, seconds] = [wholeOf('rounds'), wholeOf('seconds')]
const claims = { subscriptions: wholeOf('subscriptions'), nodes: wholeOf('nodes'), limit: wholeOf('limit') }
const delays = { sockets: wholeOf('sockets'), alerts: wholeOf('alerts') }
const parts = values.only.split(',')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

// `fsync` as in production: what is committed is on the disk.
const server = await startWithTemplate({ fsync: 'on' })
try {
  if (parts.includes('appends')) await reportAppends()
  if (parts.includes('delays')) await reportDelays()
  if (parts.includes('claims')) reportClaims(await measureClaims(server, claims))
  if (parts.includes('keys')) reportKeys(await measureKeyHits(server, wholeOf('readers')))
  if (parts.includes('migration')) await reportMigration()
} finally {
  await server.remove()
}

async function reportAppends(): Promise<void> {
  say('Appends a second: to the log, by a bare locked transaction of two statements, and the ratio')
  for (const nodes of [1, 3]) {
    const { log, bare, ratio, delays } = await measureAppends(server, { nodes, rounds, seconds })
    say(`${nodes} node${nodes === 1 ? '' : 's'}: ${log.toFixed(0)}, ${bare.toFixed(0)}: ${ratio.toFixed(2)}`)
    if (nodes > 1) continue
    const ms = ({ median, p99 }: typeof delays.log): string => `${median.toFixed(1)}, ${p99.toFixed(1)}`
    say(`one at a time, ms: median and 99th percentile: log ${ms(delays.log)}; bare ${ms(delays.bare)}`)
  }
}

async function reportDelays(): Promise<void> {
  const { cluster, sqlite } = await measureDelays(server, delays)
  say(
    `From the request to the last of ${delays.sockets} sockets, ms: median and 99th percentile of ${delays.alerts} alerts`,
  )
  say(`three nodes on PostgreSQL: ${cluster.median.toFixed(0)}, ${cluster.p99.toFixed(0)}`)
  say(`one on SQLite: ${sqlite.median.toFixed(0)}, ${sqlite.p99.toFixed(0)}`)
}

async function reportMigration(): Promise<void> {
  const { subscriptions } = claims
  const { there, back } = await measureMigration(server, { subscriptions, folder: values.folder })
  const figures = ({ seconds, peakMib }: CommandFigures) => `${seconds.toFixed(1)} s, ${peakMib.toFixed(0)} MiB at most`
  say(`tocsin migrate from SQLite to PostgreSQL: ${figures(there)}; --go-back: ${figures(back)}`)
}

function reportKeys({ without, withHomes }: KeyHits): void {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
  say(`Pushes to ${values.readers} readers by three nodes, each with room for a third of the keys:`)
  say(`key computed in advance where it was sent, without homes: ${percent(without)}; with them: ${percent(withHomes)}`)
}

function reportClaims({ openMs, quiet, held, deadShare, tableBytes, indexes }: ClaimFigures): void {
  const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MiB`
  say(`An alert to ${claims.subscriptions} subscriptions; ${claims.nodes} nodes claim batches of ${claims.limit}`)
  say(`its work is opened in ${openMs.toFixed(0)} ms`)
  say(`claimed and settled: ${quiet.toFixed(0)} pushes a second`)
  say(`the same while a transaction is held open: ${held.toFixed(0)} a second`)
  say(`obsolete row versions after it: ${(deadShare * 100).toFixed(2)} % of the subscriptions`)
  say(`table of the subscriptions: ${mib(tableBytes)}; indexes:`)
  for (const { name, bytes } of indexes) say(`  ${name} ${mib(bytes)}`)
}
