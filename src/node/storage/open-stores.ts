import { newEpoch } from '../../log/log.ts'
import type { Alarms } from '../../push/outbox/alarms.ts'
import { migrate } from '../../store/sql.ts'
import { outboxSchema } from '../../store/sqlite/outbox/outbox-tables.ts'
import { endTestsOf, subscriptionSchema } from '../../store/sqlite/push-tables.ts'
import { SqliteEditors } from '../../store/sqlite/sqlite-editors.ts'
import { headOf, renewEpoch, SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import { pauseSchema, SqlitePause } from '../../store/sqlite/sqlite-pause.ts'
import type { Peers } from '../cluster/peers.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { databasePath } from './data-folder.ts'
import { openDatabase } from './database.ts'
import { hasLog, isLogLost, lastRunOf, RunningMark } from './running-mark.ts'
import { saveDeletedDatabase } from './save-deleted-database.ts'
import type { SqliteFile } from './sqlite-file.ts'
import { StorageMonitor } from './storage-monitor.ts'

// Opens and closes the database of a service, and reports its faults.

type Open = {
  readonly config: Pick<Config, 'dataDir'>
  readonly peers: Pick<Peers, 'owner'>
  readonly storage: StorageMonitor
  readonly sql: SqliteFile
  readonly mark: RunningMark | null
  readonly logger: Pick<Logger, 'alert'>
}

/**
 * Opens the database. Gives the log a new epoch when the newest entries of the last run are gone: its write-ahead log was
 * lost, or the database is an older copy. `mark`: the mark of this run, in the process that keeps it; null in others.
 */
export function openDataStores(
  dataDir: string,
  { owner }: Pick<Peers, 'owner'>,
  storage: StorageMonitor,
  { alert }: Logger,
) {
  const lastRun = owner ? lastRunOf(dataDir) : null
  const hadLog = hasLog(dataDir)
  let isLost = false
  const open = (sql: SqliteFile) => {
    isLost = isLogLost(lastRun, headOf(sql), hadLog)
    if (isLost) renewEpoch(sql, newEpoch(Math.random(), Date.now()))
    return openStores(sql)
  }
  const stores = openDatabase(dataDir, open, (kind) => storage.heed(kind))
  if (isLost)
    alert(
      `The last run did not end by itself, and ${databasePath(dataDir)} lacks what it had stored: ${databasePath(dataDir)}-wal was taken away, or an older database put in its place. Its newest alerts and subscriptions may be lost. The log goes on under a new identity, so that readers begin anew instead of missing what comes.`,
    )
  const mark = owner ? new RunningMark(dataDir, headOf(stores.sql)) : null
  // Before any other listener, so that the mark is never behind what was announced.
  if (mark !== null) stores.log.onAppend(() => mark.note(() => headOf(stores.sql)))
  return { ...stores, mark }
}

/** Closes the database. Call after all other connections of this process are closed. */
export function closeStores({ config: { dataDir }, peers, storage, sql, mark, logger }: Open): void {
  storage.save()
  const isAllSaved = storage.isAllSaved
  if (peers.owner) saveDeletedDatabase(dataDir, sql, logger)
  sql.close()
  sql.files?.close()
  mark?.end(isAllSaved)
}

/** Reports faults of the storage to the operator's log and to the desk. */
export function openStorage(
  { dataDir }: Pick<Config, 'dataDir'>,
  alarms: Alarms,
  { alert, warn }: Logger,
): StorageMonitor {
  return new StorageMonitor({
    path: databasePath(dataDir),
    notify(line, kind) {
      // Only one alarm of the storage at a time: another kind replaces it.
      alarms.end('storage')
      if (kind === null) return warn(line)
      alarms.raise({ kind: 'storage', host: null, detail: line })
      alert(line)
    },
  })
}

/** Makes all tables, so that no thread has to write at its start. */
function openStores(sql: SqliteFile) {
  for (const schema of [subscriptionSchema, outboxSchema, pauseSchema]) migrate(sql, schema)
  return {
    log: new SqliteLog(sql, newEpoch(Math.random(), Date.now())),
    editors: new SqliteEditors(sql, (editorId) => endTestsOf(sql, editorId)),
    pauses: new SqlitePause(sql),
  }
}
