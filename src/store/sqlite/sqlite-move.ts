import type { Sql } from '../sql.ts'

/**
 * How far the move of a database to another one has come. `draining`: nothing new is stored or begun, and pushes that were
 * leased before are settled. `copying`: nothing is written. `moved`: the other database is the newsroom's now.
 */
export type MoveState = 'draining' | 'copying' | 'moved'

/** `target`: the other database, without user and password. `at`: when it began, in RFC 3339. */
export type Move = { readonly id: string; readonly target: string; readonly state: MoveState; readonly at: string }

const selectTable = `select 1 from sqlite_schema where type = 'table' and name = 'move'`
const selectMove = 'select id, target, state, at from move'
// The database of a service that was never moved does not have the table.
const createTable = `create table move (
  one integer primary key check (one = 1),
  id text not null,
  target text not null,
  state text not null check (state in ('draining', 'copying', 'moved')),
  at text not null
) strict`
const insertMove = `insert into move (one, id, target, state, at) values (1, ?, ?, 'draining', ?)`
const updateState = 'update move set state = ?'
const updateEpoch = 'update log set epoch = ?'
const selectTables = `select name from sqlite_schema where type = 'table' and name <> 'move' and name not like 'sqlite\\_%' escape '\\'`
const selectTriggers = `select name from sqlite_schema where type = 'trigger' and name like 'move\\_%' escape '\\'`
const countLeased = `select (select count(*) from push_slices where lease_until_ms > ?1)
  + (select count(*) from push_retries where batch_id is not null and not_before_ms > ?1) as leased`

/**
 * The writes that a move refuses from its start. Settlements and unsubscriptions still pass: a push that was sent must not be
 * sent again, and a reader who has left stays away.
 */
const refusedWhileDraining = [
  ...['insert on entries', 'insert on pauses', 'insert on editors', 'update on editors', 'insert on sessions'],
  ...['insert on items', 'update on items', 'delete on items', 'insert on item_keys', 'insert on audit'],
  'insert on subscriptions',
  'update of id, endpoint_hash, address_hash, address, token_hash, interest_id, discreet, editor_id on subscriptions',
  ...['insert on push_slices', 'update of batch_id on push_slices', 'update of position on push_entries'],
  'update of batch_id on push_retries when new.batch_id is not null',
  // By which the service tries whether it can store again.
  'insert on schema_steps',
]

/** Null: the database is not being moved. */
export function readMove(sql: Pick<Sql, 'all'>): Move | null {
  if (sql.all(selectTable).length === 0) return null
  return sql.all<Move>(selectMove)[0] ?? null
}

/**
 * Begins a move: from the commit on, no connection of any process appends, subscribes or claims pushes. Triggers refuse it, so
 * that it holds for every program, and a database that is not being moved pays nothing for it.
 */
export function beginMove(sql: Sql, { id, target, at }: Omit<Move, 'state'>): void {
  sql.transaction(() => {
    sql.run(createTable)
    sql.run(insertMove, id, target, at)
    refuse(sql, refusedWhileDraining, 'moving')
  })
}

/** How many batches of pushes are leased: they may be being sent. */
export function leasedCount(sql: Pick<Sql, 'all'>, nowMs: number): number {
  return sql.all<{ leased: number }>(countLeased, nowMs)[0]?.leased ?? 0
}

/** From the commit on nothing is written: what is read can be copied page by page. */
export function refuseWrites(sql: Sql): void {
  sql.transaction(() => {
    dropTriggers(sql)
    refuseAll(sql, 'moving')
    sql.run(updateState, 'copying')
  })
}

/** The other database is the newsroom's from now on. Nothing is ever written here again, and the refusals say so. */
export function markMoved(sql: Sql): void {
  sql.transaction(() => {
    dropTriggers(sql)
    refuseAll(sql, 'moved')
    sql.run(updateState, 'moved')
  })
}

/**
 * Ends a move that did not succeed, or is taken back: the database is written again as before. `epoch`: of the log from then
 * on, where entries may have been published elsewhere.
 */
export function endMove(sql: Sql, epoch?: string): void {
  sql.transaction(() => {
    dropTriggers(sql)
    if (epoch !== undefined) sql.run(updateEpoch, epoch)
    sql.run('drop table if exists move')
  })
}

function refuseAll(sql: Sql, why: 'moving' | 'moved'): void {
  const tables = sql.all<{ name: string }>(selectTables).map(({ name }) => name)
  const events = tables.flatMap((name) => ['insert', 'update', 'delete'].map((act) => `${act} on ${name}`))
  refuse(sql, events, why)
}

function refuse(sql: Sql, events: readonly string[], why: 'moving' | 'moved'): void {
  for (const [nth, event] of events.entries())
    sql.run(`create trigger move_${nth} before ${event} begin select raise(abort, '${why}'); end`)
}

function dropTriggers(sql: Sql): void {
  for (const { name } of sql.all<{ name: string }>(selectTriggers)) sql.run(`drop trigger ${name}`)
}
