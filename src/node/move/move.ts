import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bounds } from '../../log/log.ts'
import { leaseMs } from '../../push/outbox/outbox.ts'
import { compareAll, isSame } from '../../store/move/comparison.ts'
import { copyTables, countRows } from '../../store/move/copying.ts'
import { beginPostgresMove, finishPostgresMove, readPostgresMove } from '../../store/move/postgres-move.ts'
import type { PostgresDatabase } from '../../store/postgres/postgres-database.ts'
import { DatabaseBusy } from '../../store/sql.ts'
import {
  beginMove,
  endMove,
  leasedCount,
  type Move,
  markMoved,
  readMove,
  refuseWrites,
} from '../../store/sqlite/sqlite-move.ts'
import { StorageFault } from '../../store/storage-fault.ts'
import { StartError } from '../start-errors.ts'
import { lockDataFolder } from '../storage/data-lock.ts'
import type { SqliteFile } from '../storage/sqlite-file.ts'
import { boundsOf, lockMove, openSource } from './move-source.ts'
import { checkTargetUrl, connectTarget, prepareTarget, targetError, targetName, tryTarget } from './move-target.ts'

export type MoveAsked = {
  readonly dataDir: string
  /** The URL of the PostgreSQL database. */
  readonly url: string
  readonly now: () => number
  /** Called with what a person who waits should know. */
  readonly note: (line: string) => void
  /** Called after each batch. */
  readonly progress: (done: number, all: number) => void
  readonly signal: AbortSignal
}

/** What was moved, or would be. */
export type Moved = Bounds & {
  readonly target: string
  /** Rows by table of SQLite. */
  readonly rows: Readonly<Record<string, number>>
}

const retriesMax = 30
const retryMs = 2_000
const leaseLookMs = 100
/** Every lease has ended after that. */
const leaseWaitMsMax = leaseMs + 5_000

const asBefore = 'Nothing was moved, and the service stores again as before.'
const wholeCopy = 'The copy is whole: run this again to finish.'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** What a move would do, as far as it can be seen without changing anything. Rejects with a StartError. */
export async function planMove({ dataDir, url }: Pick<MoveAsked, 'dataDir' | 'url'>): Promise<Moved> {
  checkTargetUrl(url)
  const sql = openSource(dataDir)
  const database = connectTarget(url)
  try {
    refuseOtherTarget(readMove(sql), targetName(url), dataDir)
    await tryTarget(database, url)
    return movedOf(sql, url)
  } finally {
    await database.close()
    sql.close()
  }
}

/**
 * Moves the newsroom of a data folder into PostgreSQL. A service that uses the folder goes on serving readers, and stores
 * nothing from the start of the move on. Killed at any point, the next call goes on where it was. When it fails in another
 * way, the service stores again, and the next call begins anew. Rejects with a StartError.
 */
export async function moveToPostgres(asked: MoveAsked): Promise<Moved> {
  const { dataDir, url } = asked
  checkTargetUrl(url)
  const sql = openSource(dataDir)
  const database = connectTarget(url)
  try {
    const lock = lockMove(dataDir)
    try {
      const move = readMove(sql)
      refuseOtherTarget(move, targetName(url), dataDir)
      await prepareTarget(database, url)
      if (move?.state === 'moved') return await finished(asked, sql, database, move)
      return await moved(asked, sql, database, move)
    } finally {
      lock.release()
    }
  } catch (error) {
    throw targetError(error, url) ?? error
  } finally {
    await database.close()
    sql.close()
  }
}

function refuseOtherTarget(move: Move | null, target: string, dataDir: string): void {
  if (move === null || move.target === target) return
  throw new StartError(
    move.state === 'moved'
      ? `This newsroom moved to ${move.target} at ${move.at}. Nothing was moved.`
      : `This newsroom is being moved to ${move.target} since ${move.at}. Run that again, or first: npx tocsin migrate --abort --from sqlite:${dataDir}`,
  )
}

/** The source says that it has moved. Only a move that was killed right before its end is brought to it. */
async function finished({ url }: MoveAsked, sql: SqliteFile, database: PostgresDatabase, move: Move): Promise<Moved> {
  const begun = await readPostgresMove(database)
  if (begun?.move_id !== move.id || begun.finished_at !== null)
    throw new StartError(`This newsroom moved to ${move.target} at ${move.at} already. Nothing was moved.`)
  await finishPostgresMove(database, boundsOf(sql))
  return movedOf(sql, url)
}

async function moved(
  asked: MoveAsked,
  sql: SqliteFile,
  database: PostgresDatabase,
  begun: Move | null,
): Promise<Moved> {
  const { dataDir, url, now, note, signal } = asked
  const id = begun?.id ?? randomUUID()
  const target = targetName(url)
  await beginPostgresMove(database, { id, source: dataDir, epoch: boundsOf(sql).epoch })
  let isMoved = false
  try {
    if (begun === null) beginMove(sql, { id, target, at: new Date(now()).toISOString() })
    if (begun?.state !== 'copying') {
      note('From now on nothing new is stored and no push begins; readers are served as before.')
      await waitForLeases(asked, sql)
      refuseWrites(sql)
    }
    await copied(asked, sql, database, id)
    signal.throwIfAborted()
    note('Comparing every table.')
    const other = (await compareAll(sql, database, sha256)).filter((it) => !isSame(it))
    if (other.length > 0) throw differs(other)
    signal.throwIfAborted()
    // First here: from then on this folder is never written again, whatever happens.
    markMoved(sql)
    isMoved = true
    await finishPostgresMove(database, boundsOf(sql))
    return movedOf(sql, url)
  } catch (error) {
    if (!isMoved) endMove(sql)
    if (signal.aborted && error === signal.reason) throw new StartError(`Stopped. ${asBefore}`)
    const known = targetError(error, url)
    if (known === null) throw error
    throw new StartError(`${known.message} ${isMoved ? wholeCopy : asBefore}`)
  }
}

function differs(
  other: readonly { readonly name: string; readonly source: { rows: number }; readonly target: { rows: number } }[],
) {
  const named = other.map(({ name, source, target }) => `${name} (rows: ${source.rows} here, ${target.rows} there)`)
  return new StartError(`What was copied is not what is here: ${named.join(', ')}.`)
}

/** Waits until the pushes that were leased are settled, so that none is sent twice. */
async function waitForLeases({ dataDir, now, note, signal }: MoveAsked, sql: SqliteFile): Promise<void> {
  const lock = await lockDataFolder(dataDir, 0).catch(() => null)
  // No service uses the folder: nobody sends what is leased.
  if (lock !== null) return lock.release()
  let isNoted = false
  for (let waitedMs = 0; waitedMs < leaseWaitMsMax && leasedCount(sql, now()) > 0; waitedMs += leaseLookMs) {
    signal.throwIfAborted()
    if (!isNoted) note('Waiting for the pushes that are being sent; at most a minute.')
    isNoted = true
    await sleep(leaseLookMs)
  }
}

/** Copies, and goes on after a database that was away for a while. */
async function copied(
  { progress, note, signal }: MoveAsked,
  sql: SqliteFile,
  database: PostgresDatabase,
  moveId: string,
) {
  const all = [...countRows(sql).values()].reduce((sum, count) => sum + count, 0)
  let done = 0
  const count = (rows: number) => {
    signal.throwIfAborted()
    done += rows
    progress(done, all)
  }
  for (let tries = 0; ; tries += 1) {
    try {
      const begun = await readPostgresMove(database)
      if (begun === null) throw new Error('the move is not in the target any more')
      return await copyTables({ sql, database, moveId, copied: count }, begun)
    } catch (error) {
      const mayPass = error instanceof StorageFault || error instanceof DatabaseBusy
      if (!mayPass || tries >= retriesMax || signal.aborted) throw error
      if (tries === 0) note('The database does not answer; trying again for a minute.')
      await sleep(retryMs)
    }
  }
}

function movedOf(sql: SqliteFile, url: string): Moved {
  return { ...boundsOf(sql), target: targetName(url), rows: Object.fromEntries(countRows(sql)) }
}

/** Lets a service go on in a data folder whose move is not finished. Throws a StartError when there is none. */
export function abortMove(dataDir: string): Move {
  const sql = openSource(dataDir)
  try {
    const lock = lockMove(dataDir)
    try {
      const move = readMove(sql)
      if (move === null) throw new StartError(`No move of ${dataDir} is under way. Nothing was changed.`)
      if (move.state === 'moved')
        throw new StartError(
          `This newsroom moved to ${move.target} at ${move.at}, and what was published there since is not here. To go back all the same: npx tocsin migrate --go-back --from sqlite:${dataDir} --to <its URL>`,
        )
      endMove(sql)
      return move
    } finally {
      lock.release()
    }
  } finally {
    sql.close()
  }
}
