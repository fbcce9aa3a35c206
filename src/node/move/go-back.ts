import { counted } from '../../domain/plural.ts'
import { newEpoch } from '../../log/log.ts'
import { countNodeSessions, leavePostgres, moveIdOf, stayOnPostgres } from '../../store/move/postgres-move.ts'
import type { PostgresDatabase } from '../../store/postgres/postgres-database.ts'
import { endMove, type Move, readMove } from '../../store/sqlite/sqlite-move.ts'
import { markRecorded, writeLogRecord } from '../backup/log-record.ts'
import { StartError } from '../start-errors.ts'
import { lockDataFolder } from '../storage/data-lock.ts'
import { boundsOf, lockMove, openSource } from './move-source.ts'
import { checkTargetUrl, connectTarget, prepareTarget, targetError } from './move-target.ts'

export type GoBackAsked = {
  readonly dataDir: string
  /** The URL of the database that the newsroom moved to; null: it is not asked, and not told. */
  readonly url: string | null
  /** What was published there since is given up. */
  readonly discards: boolean
  readonly now: () => number
}

/** `discarded`: the entries that were published since the move and are not in the folder; null: nobody knows. */
export type WentBack = Move & { readonly discarded: number | null }

const nothing = 'Nothing was changed.'

/**
 * Takes a newsroom back into the data folder that it was moved from. No node may serve the database, and none starts on it
 * again. The log gets a new epoch, because entries may have been published elsewhere since: readers begin anew. No service
 * may use the folder. Rejects with a StartError.
 */
export async function goBack(asked: GoBackAsked): Promise<WentBack> {
  const { dataDir, url, now } = asked
  if (url !== null) checkTargetUrl(url)
  const sql = openSource(dataDir)
  try {
    const lock = lockMove(dataDir)
    try {
      const move = readMove(sql)
      if (move?.state !== 'moved') throw new StartError(`The newsroom of ${dataDir} has not moved. ${nothing}`)
      // Until the record is written: a service that starts before would take the log for that of a copy.
      const dataLock = await lockDataFolder(dataDir, 0)
      try {
        const { head } = boundsOf(sql)
        const discarded = url === null ? null : await left(asked, url, move, head)
        // With a new epoch at once: a kill before the next line leaves none in the folder that readers know.
        const epoch = newEpoch(Math.random(), now())
        endMove(sql, epoch)
        if (writeLogRecord(dataDir, { epoch, newest: head })) markRecorded(sql)
        return { ...move, discarded }
      } finally {
        dataLock.release()
      }
    } finally {
      lock.release()
    }
  } finally {
    sql.close()
  }
}

/** Leaves the database, and resolves with the number of entries that only it has. */
async function left({ discards }: GoBackAsked, url: string, move: Move, head: number): Promise<number> {
  const database = connectTarget(url)
  try {
    await refuseOther(database, url, move)
    await refuseServed(database)
    const before = await leavePostgres(database, move.id)
    try {
      // Nodes that had read before the commit that they may start have a session now.
      await refuseServed(database)
      const discarded = before - head
      if (discarded > 0 && !discards) throw wouldDiscard(discarded, move)
      return discarded
    } catch (error) {
      await stayOnPostgres(database, move.id)
      throw error
    }
  } catch (error) {
    const known = targetError(error, url)
    if (known === null || error instanceof StartError) throw error
    throw new StartError(
      `${known.message} ${nothing} If that database is gone for good: --without-database in place of --to.`,
    )
  } finally {
    await database.close()
  }
}

async function refuseOther(database: PostgresDatabase, url: string, { id, target }: Move): Promise<void> {
  if ((await moveIdOf(database)) !== id)
    throw new StartError(`--to is not the database that this newsroom moved to, ${target}. ${nothing} Give its URL.`)
  await prepareTarget(database, url)
}

async function refuseServed(database: PostgresDatabase): Promise<void> {
  const sessions = await countNodeSessions(database)
  if (sessions > 0)
    throw new StartError(
      `Nodes still use the database (${counted(sessions, 'session')} of tocsin). ${nothing} Stop every node, and run this again.`,
    )
}

function wouldDiscard(discarded: number, { target, at }: Move): StartError {
  return new StartError(
    `${counted(discarded, 'entry', 'entries')} (alerts and their changes) published at ${target} since ${at} would not be here. ${nothing} To give up what was published there: the same with --yes.`,
  )
}
