import { join } from 'node:path'
import { moveToPostgres } from '../../../src/node/move/move.ts'
import { refuseUnserved } from '../../../src/store/move/postgres-move.ts'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import { PostgresOutbox } from '../../../src/store/postgres/outbox/postgres-outbox.ts'
import { PostgresEditors } from '../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../src/store/postgres/postgres-pause.ts'
import { PostgresSubscriptions } from '../../../src/store/postgres/subscriptions/postgres-subscriptions.ts'
import { freshDatabase, openDatabase } from '../postgres/fresh-database.ts'
import { newId } from '../push/push-deps.ts'
import { scratchFolder } from '../scratch.ts'
import { usedFolder } from './used-folder.ts'

type Clean = (undo: () => unknown) => void
type Options = Partial<Parameters<typeof moveToPostgres>[0]>

/** Moves a folder, and says nothing. */
export const move = (dataDir: string, url: string, options: Options = {}) =>
  moveToPostgres({
    ...{ dataDir, url, now: Date.now, note: () => {}, progress: () => {}, signal: new AbortController().signal },
    ...options,
  })

/** A data folder in use, whose service has been stopped, and an empty database. */
export async function stopped(clean: Clean) {
  const dataDir = join(scratchFolder(clean), 'data')
  const used = await usedFolder(clean, dataDir)
  used.close()
  return { ...used, dataDir, url: await freshDatabase(clean) }
}

/** The stores of a node on the database that a folder was moved to. */
export async function nodeOn(clean: Clean, used: Awaited<ReturnType<typeof stopped>>) {
  const database = openDatabase(clean, used.url)
  await refuseUnserved(database)
  const { addressEncryption } = used
  const pauses = new PostgresPause(database)
  return {
    database,
    pauses,
    log: await PostgresLog.open(database, () => 'another'),
    editors: new PostgresEditors(database),
    subscriptions: new PostgresSubscriptions({ database, addressEncryption, newId }),
    outbox: new PostgresOutbox({ database, addressEncryption, pauses, newId, now: Date.now, report: () => {} }),
  }
}
