import { sendLanes } from '../postgres/outbox/outbox-leasing.ts'
import { emptyTally, stripes, type Tally } from '../postgres/outbox/tally.ts'
import type { PostgresStatements } from '../postgres/postgres-database.ts'
import type { SourceRow } from './columns.ts'

// How far the pushes of an entry have come: in SQLite columns and rows of their own, in PostgreSQL lanes and tallies.

type TimeCount = readonly [bucket: number, count: number]
type Service = readonly [host: string, tried: number, gone: number, failed: number, told: number, waiting: number]
type Language = readonly [language: string, accepted: number, gone: number, failed: number]

const insertTallies = `insert into tocsin.push_tallies (entry_id, stripe, tally)
  select r.entry_id, stripe, case when stripe = 0 then r.tally else $2::json end
  from json_to_recordset($1::json) as r (entry_id bigint, tally json), generate_series(0, ${stripes - 1}) as stripe`
const updateTally = 'update tocsin.push_tallies set tally = $2::json where entry_id = $1 and stripe = 0'
const insertShut = `insert into tocsin.push_shut_hosts (entry_id, host)
  select * from json_to_recordset($1::json) as r (entry_id bigint, host text)`

/** Sends the lanes, tallies and shut hosts of rows of `push_entries`. */
export function sendProgress(statements: PostgresStatements, rows: readonly SourceRow[]): void {
  const closed: { entry_id: number; tally: Tally }[] = []
  for (const row of rows) {
    const entryId = Number(row.seq)
    const [low, high] = [Number(row.position), Number(row.target)]
    if (row.state !== 'open' || low >= high) {
      closed.push({ entry_id: entryId, tally: tallyOfRow(row) })
      continue
    }
    sendLanes(statements, entryId, { low, high, emptyTally: JSON.stringify(emptyTally) })
    statements.send(updateTally, entryId, JSON.stringify(tallyOfRow(row)))
  }
  if (closed.length > 0) statements.send(insertTallies, JSON.stringify(closed), JSON.stringify(emptyTally))
  const shut = rows.flatMap((row) =>
    servicesOf(row)
      .filter(([, , , , told]) => told === 1)
      .map(([host]) => ({ entry_id: row.seq, host })),
  )
  if (shut.length > 0) statements.send(insertShut, JSON.stringify(shut))
}

function tallyOfRow(row: SourceRow): Tally {
  const services = servicesOf(row)
  const times = JSON.parse(String(row.times)) as readonly TimeCount[]
  const languages = JSON.parse(String(row.languages)) as readonly Language[]
  return {
    counts: countsOf(['accepted', 'gone', 'failed'].map((name) => [name, Number(row[name])])),
    times: countsOf(times.map(([bucket, count]) => [String(bucket), count])),
    tried: countsOf(services.map(([host, tried]) => [host, tried])),
    gone: countsOf(services.map(([host, , gone]) => [host, gone])),
    failed: countsOf(services.map(([host, , , failed]) => [host, failed])),
    waiting: countsOf(services.map(([host, , , , , waiting]) => [host, waiting])),
    acceptedIn: countsOf(languages.map(([language, accepted]) => [language, accepted])),
    goneIn: countsOf(languages.map(([language, , gone]) => [language, gone])),
    failedIn: countsOf(languages.map(([language, , , failed]) => [language, failed])),
  }
}

function servicesOf(row: SourceRow): readonly Service[] {
  return JSON.parse(String(row.services))
}

/** A count of 0 is absent. */
function countsOf(counts: readonly (readonly [name: string, count: number])[]): Readonly<Record<string, number>> {
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}
