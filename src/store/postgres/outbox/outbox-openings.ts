import { type Level, levels } from '../../../domain/alert-types.ts'
import type { Entry, Seq } from '../../../log/log.ts'
import { openedEntry } from '../../../push/outbox/entry-matches.ts'
import type { PostgresStatements } from '../postgres-database.ts'
import { sendLanes } from './outbox-leasing.ts'
import type { StoredMatches } from './stored-matches.ts'
import { emptyTally } from './tally.ts'

/** Held until the commit: entries are opened one after the other, by whichever node. */
const lockOpening = `select pg_advisory_xact_lock(hashtextextended('tocsin push opening', 0))`
const selectOpened = 'select opened from tocsin.push_log where only_row = 1'
const selectSeq = 'select 1 as found from tocsin.push_entries where seq = $1'
const updateOpened = 'update tocsin.push_log set opened = greatest(opened, $1) where only_row = 1'
const sumReaders = `select m.language, sum(i.readers)::bigint as due
  from unnest($1::bigint[], $2::text[]) as m (interest_id, language) join tocsin.interests i using (interest_id)
  group by m.language having sum(i.readers) > 0`
/** The row ids of all subscriptions. */
export const selectRowRange = `select coalesce((select row_id from tocsin.subscriptions order by row_id limit 1), 1) - 1 as low,
  coalesce((select row_id from tocsin.subscriptions order by row_id desc limit 1), 0) as high`
const selectStop = 'select 1 as found from tocsin.push_stops where alert_id = $1 and through >= $2'
const insertEntry = `insert into tocsin.push_entries
  (seq, alert_id, rank, entry, state, at, expires_at, due, due_in, finished_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9::json, $10)
  returning entry_id`
const stopOlder = (now: string) => `update tocsin.push_entries set state = 'stopped', finished_at = ${now}
  where alert_id = $1 and seq <= $2 and state = 'open' returning entry_id`
const dropRetries = 'delete from tocsin.push_retries where entry_id = any($1::bigint[]) and token is null'

/** The order of urgency: 0 is the most urgent. */
export function rankOf(level: Level): number {
  return levels.indexOf(level)
}

/** Stops the open entries of an alert up to a seq; resolves with how many there were. Only inside a transaction. */
export async function stopOpen(
  statements: PostgresStatements,
  alertId: string,
  through: Seq,
  now: string,
): Promise<number> {
  const stopped = await statements.all<{ entry_id: number }>(stopOlder(now), alertId, through)
  if (stopped.length > 0)
    statements.send(
      dropRetries,
      stopped.map(({ entry_id }) => entry_id),
    )
  return stopped.length
}

/** Makes an entry's pushes due, in one transaction of a fixed number of statements, however many readers there are. */
export async function openEntry(
  statements: PostgresStatements,
  opened: Entry,
  matches: StoredMatches,
  now: string,
): Promise<void> {
  const { alert, seq } = opened
  statements.send(lockOpening)
  const [log] = await statements.all<{ opened: number }>(selectOpened)
  const known = await statements.all(selectSeq, seq)
  if (known.length > 0 || (log !== undefined && log.opened >= seq)) return
  const superseded = await stopOpen(statements, alert.id, seq - 1, now)
  const entry = openedEntry(opened, superseded)
  await matches.refresh(statements)
  await matches.forget(statements)
  const languages = matches.languagesOf(entry)
  const [counted, [range], stops] = await Promise.all([
    statements.all<{ language: string; due: number }>(sumReaders, [...languages.keys()], [...languages.values()]),
    statements.all<{ low: number; high: number }>(selectRowRange),
    statements.all(selectStop, alert.id, seq),
  ])
  const due = counted.reduce((sum, { due }) => sum + due, 0)
  const dueIn = JSON.stringify(Object.fromEntries(counted.map(({ language, due }) => [language, due])))
  const state = due === 0 ? 'done' : stops.length > 0 ? 'stopped' : 'open'
  const times = [entry.at, alert.expiresAt]
  const values = [seq, alert.id, rankOf(alert.level), JSON.stringify(entry), state, ...times, due, dueIn]
  const finishedAt =
    state === 'open' ? null : ((await statements.all<{ at: string }>(`select ${now} as at`))[0]?.at ?? null)
  const [made] = await statements.all<{ entry_id: number }>(insertEntry, ...values, finishedAt)
  if (made === undefined) throw new Error('the database did not give the new row')
  if (state === 'open' && range !== undefined)
    sendLanes(statements, made.entry_id, { ...range, emptyTally: JSON.stringify(emptyTally) })
  statements.send(updateOpened, seq)
}
