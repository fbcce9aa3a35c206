import type { Seq } from '../../../log/log.ts'
import { StorageFault } from '../../storage-fault.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import { sendWakeUp } from '../wake-ups.ts'
import { hasKnown, type KnownEntry } from './known-entry.ts'

/**
 * The log's head: one row. An append locks it, advances it and commits, so that seqs have no gaps and become visible in
 * order; a sequence would do neither. `identity`: which database cluster wrote the entries, and on which timeline.
 */
export const logHeadStep = `create table tocsin.log_head (
    one boolean primary key default true check (one),
    epoch text not null,
    head bigint not null,
    floor bigint not null,
    newest_at timestamptz,
    identity text not null
  ) with (fillfactor = 20)`

/**
 * The identity of what holds the log: the database cluster's identifier, and its timeline, which goes up when a standby is
 * promoted or a physical backup restored; and the identifiers of the database and of the table, which are others where a
 * dump was restored, into another database or into this one. Null on a standby.
 */
export const presentIdentity = `case when pg_is_in_recovery() then null else
  (select system_identifier::text from pg_control_system()) || '.' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
  || '.' || (select oid::text from pg_database where datname = current_database())
  || '.' || 'tocsin.log_head'::regclass::oid::text end`

/**
 * The head row; `is_same`: whether the server that answers is the one that wrote it, and has the entry that the reader knows.
 * Null on a standby.
 */
export type HeadRow = {
  readonly epoch: string
  readonly head: Seq
  readonly floor: Seq
  readonly newest_at: string | null
  readonly is_same: boolean | null
}

const selectHead = `select epoch, head, floor, newest_at, identity = ${presentIdentity} as is_same from tocsin.log_head`
const selectHeadLocked = `${selectHead} for update`
const selectHeadAsKnown = `select epoch, head, floor, newest_at, identity = ${presentIdentity} and ${hasKnown(1)} as is_same
  from tocsin.log_head`
const insertHead = `insert into tocsin.log_head (epoch, head, floor, identity)
  values ($1, 0, 1, ${presentIdentity}) on conflict (one) do nothing`
const updateEpoch = `update tocsin.log_head set epoch = $1, identity = ${presentIdentity}`

/** Locks the head until the end of the transaction, and reads it. Null: the log was never opened. */
export async function lockHead(statements: Pick<PostgresStatements, 'all'>): Promise<HeadRow | null> {
  return (await statements.all<HeadRow>(selectHeadLocked))[0] ?? null
}

export async function readHead(statements: Pick<PostgresStatements, 'all'>): Promise<HeadRow | null> {
  return (await statements.all<HeadRow>(selectHead))[0] ?? null
}

/** The same for an instance that knows an entry, which must still be there. */
export async function readHeadAsKnown(
  statements: Pick<PostgresStatements, 'all'>,
  known: KnownEntry,
): Promise<HeadRow | null> {
  return (await statements.all<HeadRow>(selectHeadAsKnown, ...known.values))[0] ?? null
}

export function insertLogHead(statements: PostgresStatements, epoch: string): void {
  statements.send(insertHead, epoch)
}

/** Gives the log a new epoch, and the identity of the present server. */
export function renewHead(statements: PostgresStatements, epoch: string): void {
  statements.send(updateEpoch, epoch)
}

/**
 * The head of a log that is new, or gets a new epoch because its database was replaced. `former`: the epoch that it must not
 * keep, and the entry that is missing. Others may have done it already.
 *
 * Rejects with StorageFault (`denied`) when row-level security hides entries: none is lost then.
 */
export async function renewed(
  database: PostgresDatabase,
  epoch: string,
  former?: { readonly epoch: string; readonly known: KnownEntry },
): Promise<HeadRow> {
  return database.transaction(async (statements) => {
    await refuseHidden(statements)
    insertLogHead(statements, epoch)
    const head = await lockHead(statements)
    if (head === null) throw new Error('the log has no head')
    if (head.is_same === true && head.epoch !== former?.epoch) return head
    if (head.is_same === null) throw new StorageFault('standby', 'read')
    const isThere = former !== undefined && (await readHeadAsKnown(statements, former.known))?.is_same === true
    // What hid it is gone by now.
    if (isThere) throw new StorageFault('denied', 'read')
    renewHead(statements, epoch)
    sendWakeUp(statements, 'log')
    return { ...head, epoch, is_same: true }
  })
}

/** Rejects with StorageFault (`denied`) when row-level security applies to the log's tables: rows would be hidden. */
export async function checkNotHidden(database: PostgresDatabase): Promise<void> {
  await database.transaction(refuseHidden, { isIdempotent: true })
}

/** In a transaction the server refuses these statements where a policy applies, whatever it lets through. */
async function refuseHidden(statements: PostgresStatements): Promise<void> {
  await statements.all('select from tocsin.log_head, tocsin.entries limit 0')
}
