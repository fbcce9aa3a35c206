import {
  breakerGoneShareMax,
  breakerRunMin,
  expiryAlarm,
  failureAlarm,
  goneAlarm,
  type OutboxAlarm,
  serviceAlarm,
  servicesReportedMax,
  serviceTriedMin,
} from '../../../push/outbox/run-alarms.ts'
import type { PostgresStatements } from '../postgres-database.ts'
import { deleteSubscriptions } from '../subscriptions/subscription-removal.ts'
import { type EntryRow, entryColumns, progressOf } from './postgres-outbox-tables.ts'
import { addedTallies, type Tally } from './tally.ts'

const lockRow = `select ${entryColumns} from tocsin.push_entries where entry_id = $1 for no key update`
const selectTallies = 'select tally from tocsin.push_tallies where entry_id = $1'
const selectLeft = `select
  exists (select from tocsin.push_lanes where entry_id = $1 and position < target) as fresh,
  exists (select from tocsin.push_slices where entry_id = $1) as slices,
  exists (select from tocsin.push_retries where entry_id = $1) as retries,
  exists (select from tocsin.push_gone where entry_id = $1) as gone`
const countRetries = `select count(*) as retries, count(*) filter (where attempts = 0) as unsent,
  count(*) filter (where attempts < 2) as early from tocsin.push_retries where entry_id = $1`
const finish = (now: string) =>
  `update tocsin.push_entries set state = 'done', finished_at = ${now} where entry_id = $1 and state = 'open'`
const setAlarmed = 'update tocsin.push_entries set alarmed = true where entry_id = $1'
const setFailureReported = 'update tocsin.push_entries set failure_reported = true where entry_id = $1'
const selectShut = 'select host from tocsin.push_shut_hosts where entry_id = $1'
const insertShut = 'insert into tocsin.push_shut_hosts (entry_id, host) select $1, unnest($2::text[])'
const forgetGone = 'delete from tocsin.push_gone where entry_id = $1'
const forgetGoneAt = `delete from tocsin.push_gone g using tocsin.subscriptions s
  where g.entry_id = $1 and s.row_id = g.row_id and s.host = any($2::text[])`
const selectGone = 'select row_id from tocsin.push_gone where entry_id = $1'
const selectGoneAt = `select g.row_id from tocsin.push_gone g join tocsin.subscriptions s on s.row_id = g.row_id
  where g.entry_id = $1 and s.host = any($2::text[])`

/** Locks an entry, so that what is left of its run is judged by one transaction at a time. Null: it was deleted. */
export async function lockEntry(statements: PostgresStatements, entryId: number): Promise<EntryRow | null> {
  return (await statements.all<EntryRow>(lockRow, entryId))[0] ?? null
}

/** The counts of an entry. */
export async function tallyOfEntry(statements: PostgresStatements, entryId: number): Promise<Tally> {
  return addedTallies((await statements.all<{ tally: Tally }>(selectTallies, entryId)).map(({ tally }) => tally))
}

type Left = { readonly fresh: boolean; readonly slices: boolean; readonly retries: boolean; readonly gone: boolean }
type Retries = { readonly retries: number; readonly unsent: number; readonly early: number }

/**
 * Finishes an entry when all is settled, and deletes subscriptions that are gone, unless they are too many. Only with the
 * entry locked by `lockEntry` in the same transaction, and after the last of its changes. Resolves with alarms, each once a run.
 */
export async function concludeRun(
  statements: PostgresStatements,
  entry: EntryRow,
  now: string,
): Promise<readonly OutboxAlarm[]> {
  const { entry_id: id } = entry
  const [tally, [left]] = await Promise.all([tallyOfEntry(statements, id), statements.all<Left>(selectLeft, id)])
  if (left === undefined) return []
  const run = progressOf(entry, tally)
  const isOpen = entry.state === 'open'
  // Counting many retries takes long; while there are any, it is needed only where something may follow from it.
  if (left.retries && !left.gone && (run.accepted > 0 || entry.failure_reported)) return []
  const [retries] = await statements.all<Retries>(countRetries, id)
  if (retries === undefined) return []
  const allSent = (!isOpen || !left.fresh) && !left.slices && retries.unsent === 0
  const isFinished = isOpen && allSent && retries.retries === 0
  if (isFinished) await statements.run(finish(now), id)
  const failures = allSent && isOpen ? await failureAlarms(statements, entry, tally, retries, isFinished) : []
  return [
    ...(left.gone || entry.alarmed ? await removeGone(statements, entry, tally, retries, allSent) : []),
    ...failures,
  ]
}

/** Deletes the subscriptions that are gone; too many are reported in place of deleting them. */
async function removeGone(
  statements: PostgresStatements,
  entry: EntryRow,
  tally: Tally,
  { retries, unsent }: Retries,
  allSent: boolean,
): Promise<readonly OutboxAlarm[]> {
  const { entry_id: id, seq } = entry
  const { accepted, gone, failed } = progressOf(entry, tally)
  // Pushes that were returned unsent do not count for the share that looks gone.
  const tried = accepted + gone + failed + retries - unsent
  const isJudged = tried >= breakerRunMin || (allSent && entry.due >= breakerRunMin)
  // As with a service: after the alarm nothing is deleted in this run, whatever the share becomes.
  if (entry.alarmed || (isJudged && gone / tried > breakerGoneShareMax)) {
    statements.send(forgetGone, id)
    if (entry.alarmed) return []
    statements.send(setAlarmed, id)
    return [goneAlarm(seq, null, tried, gone)]
  }
  const alarms = await shutServices(statements, entry, tally)
  if (!allSent && !isJudged) return alarms
  // At a service with few results, deletions wait until there are enough to judge by, or until the run's end.
  const judgedHosts = Object.keys(tally.tried).filter((host) => (tally.tried[host] ?? 0) >= breakerRunMin)
  type Gone = { readonly row_id: number }
  const rows = allSent
    ? await statements.all<Gone>(selectGone, id)
    : await statements.all<Gone>(selectGoneAt, id, judgedHosts)
  await deleteSubscriptions(
    statements,
    rows.map(({ row_id }) => row_id),
  )
  return alarms
}

/** Keeps subscriptions at services where too many look gone: in the share of all services they would hardly show. */
async function shutServices(
  statements: PostgresStatements,
  { entry_id: id, seq }: EntryRow,
  { tried, gone }: Tally,
): Promise<readonly OutboxAlarm[]> {
  const shut = new Set((await statements.all<{ host: string }>(selectShut, id)).map(({ host }) => host))
  const newlyShut = Object.keys(gone).filter((host) => {
    const of = tried[host] ?? 0
    return !shut.has(host) && of >= breakerRunMin && (gone[host] ?? 0) > of * breakerGoneShareMax
  })
  if (shut.size + newlyShut.length > 0) statements.send(forgetGoneAt, id, [...shut, ...newlyShut])
  if (newlyShut.length > 0) statements.send(insertShut, id, newlyShut)
  return newlyShut.map((host) => goneAlarm(seq, host, tried[host] ?? 0, gone[host] ?? 0))
}

async function failureAlarms(
  statements: PostgresStatements,
  entry: EntryRow,
  tally: Tally,
  retries: Retries,
  isFinished: boolean,
): Promise<readonly OutboxAlarm[]> {
  if (entry.failure_reported) return []
  const alarm = failureAlarm(progressOf(entry, tally), retries, isFinished)
  if (alarm !== null) {
    statements.send(setFailureReported, entry.entry_id)
    return [alarm]
  }
  if (!isFinished) return []
  return Object.entries(tally.failed)
    .map(([host, failed]) => ({ host, failed, tried: tally.tried[host] ?? 0 }))
    .filter(({ failed, tried }) => failed === tried && tried >= serviceTriedMin)
    .sort((a, b) => b.tried - a.tried)
    .slice(0, servicesReportedMax)
    .map((service) => serviceAlarm(entry.seq, service))
}

/** The alarms of an entry that has just expired: pushes that were not settled have failed. Only with the entry locked. */
export async function expiryAlarms(statements: PostgresStatements, entry: EntryRow): Promise<readonly OutboxAlarm[]> {
  const tally = await tallyOfEntry(statements, entry.entry_id)
  const alarm = entry.failure_reported ? null : expiryAlarm(progressOf(entry, tally))
  if (alarm === null) return []
  statements.send(setFailureReported, entry.entry_id)
  return [alarm]
}
