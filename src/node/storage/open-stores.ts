import { newEpoch } from '../../log/log.ts'
import { migrate } from '../../store/sql.ts'
import { SqliteAudit } from '../../store/sqlite/desk/sqlite-audit.ts'
import { SqliteItems } from '../../store/sqlite/desk/sqlite-items.ts'
import { SqliteNotices } from '../../store/sqlite/desk/sqlite-notices.ts'
import { SqliteWebhookOutbox } from '../../store/sqlite/desk/sqlite-webhook-outbox.ts'
import { SqliteWebhooks } from '../../store/sqlite/desk/sqlite-webhooks.ts'
import { outboxSchema } from '../../store/sqlite/outbox/outbox-tables.ts'
import { deleteTestSubscriptionsOf, subscriptionSchema } from '../../store/sqlite/push-tables.ts'
import { SqliteEditors } from '../../store/sqlite/sqlite-editors.ts'
import { epochOf, headOf, renewEpoch, SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import { pauseSchema, SqlitePause } from '../../store/sqlite/sqlite-pause.ts'
import { SqliteWebSub } from '../../store/sqlite/websub/sqlite-websub.ts'
import { advanceLogRecord, isOtherLog, markRecorded, writeLogRecord } from '../backup/log-record.ts'
import type { Peers } from '../cluster/peers.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { databasePath } from './data-folder.ts'
import { openDatabase } from './database.ts'
import { hasLog, isLogLost, lastRunOf, RunningMark } from './running-mark.ts'
import { saveDeletedDatabase } from './save-deleted-database.ts'
import type { SqliteFile } from './sqlite-file.ts'
import type { StorageMonitor } from './storage-monitor.ts'

// Opens and closes the database of a service.

type Open = {
  readonly config: Pick<Config, 'dataDir'>
  readonly peers: Pick<Peers, 'owner'>
  readonly storage: StorageMonitor
  readonly sql: SqliteFile
  readonly mark: RunningMark | null
  readonly logger: Pick<Logger, 'alert'>
}

/**
 * Opens the database. Gives the log a new epoch when it is not the log that this folder had at its last run: its newest
 * entries are gone, or the database is another copy. `mark`: the mark of this run, in the process that keeps it; null in
 * others.
 */
export function openDataStores(
  dataDir: string,
  { owner }: Pick<Peers, 'owner'>,
  storage: StorageMonitor,
  { alert }: Logger,
) {
  const lastRun = owner ? lastRunOf(dataDir) : null
  const hadLog = hasLog(dataDir)
  let why = null as keyof typeof renewed | null
  const open = (sql: SqliteFile) => {
    const newest = headOf(sql)
    const epoch = epochOf(sql)
    if (isLogLost(lastRun, newest, hadLog)) why = 'lost'
    else if (owner && epoch !== null && isOtherLog(dataDir, sql, { epoch, newest })) why = 'other'
    if (why !== null) renewEpoch(sql, newEpoch(Math.random(), Date.now()))
    const stores = openStores(sql)
    // Only with its record: a full disk or a kill in between must not make this database look like a copy.
    if (owner && writeLogRecord(dataDir, { epoch: epochOf(sql) ?? '', newest })) markRecorded(sql)
    return stores
  }
  const stores = openDatabase(dataDir, open, (kind) => storage.heed(kind))
  if (why !== null) alert(`${renewed[why](databasePath(dataDir))} ${goesOn}`)
  const newest = headOf(stores.sql)
  const mark = owner ? new RunningMark(dataDir, newest) : null
  // Before any other listener, so that the mark is never behind what was announced.
  if (mark !== null) stores.log.onAppend(() => mark.note(() => headOf(stores.sql)))
  return { ...stores, mark }
}

/** Why the log was given a new epoch. */
const renewed = {
  lost: (path: string) =>
    `The last run did not end by itself, and ${path} lacks what it had stored: ${path}-wal was taken away, or an older database put in its place. Its newest alerts and subscriptions may be lost.`,
  other: (path: string) =>
    `${path} is not the database that this folder had at its last run: a backup was put in its place, or it was copied here. Alerts and subscriptions that it lacks may be lost.`,
}
const goesOn = 'The log goes on under a new identity, so that readers begin anew instead of missing what comes.'

/** Closes the database. Call after all other connections of this process are closed. */
export function closeStores({ config: { dataDir }, peers, storage, sql, mark, logger }: Open): void {
  storage.save()
  const isAllSaved = storage.isAllSaved
  if (peers.owner) saveDeletedDatabase(dataDir, sql, logger)
  sql.close()
  sql.files?.close()
  // Where not all is saved, the mark of this run stays, and says how far it came.
  if (mark !== null && isAllSaved) advanceLogRecord(dataDir, mark.newest)
  mark?.end(isAllSaved)
}

/** Makes all tables, so that no thread has to write at its start. */
function openStores(sql: SqliteFile) {
  for (const schema of [subscriptionSchema, outboxSchema, pauseSchema]) migrate(sql, schema)
  const log = new SqliteLog(sql, newEpoch(Math.random(), Date.now()))
  return {
    log,
    items: new SqliteItems(sql, log),
    audit: new SqliteAudit(sql),
    webhooks: new SqliteWebhooks(sql),
    webhookOutbox: new SqliteWebhookOutbox(sql),
    notices: new SqliteNotices(sql),
    websub: new SqliteWebSub(sql),
    editors: new SqliteEditors(sql, (editorId) => deleteTestSubscriptionsOf(sql, editorId)),
    pauses: new SqlitePause(sql),
  }
}
