import { outboxStats } from '../../store/sqlite/outbox/outbox-stats.ts'
import { pushSettings } from '../push/vapid-settings.ts'
import { databasePath, openDataFolder } from '../storage/data-folder.ts'
import { isCheckedLater } from '../storage/database.ts'
import { keepChecking } from '../storage/database-check.ts'
import { fillReserve } from '../storage/disk-reserve.ts'
import { closeStores, openDataStores } from '../storage/open-stores.ts'
import { StorageMonitor } from '../storage/storage-monitor.ts'
import { faultNotices } from './fault-state.ts'
import { sqlitePushStorage } from './sqlite-push-storage.ts'
import type { Stores, StoresDeps } from './stores.ts'

/**
 * How long this thread may wait in one step for a write lock that another connection holds, in milliseconds.
 */
const busyStepMs = 2

/** Opens the SQLite database of the data folder. */
export function openSqliteStores({ config, peers, alarms, logger }: StoresDeps): Stores {
  const path = databasePath(config.dataDir)
  openDataFolder(config.dataDir)
  const storage = new StorageMonitor({ path, notify: faultNotices(alarms, logger) })
  // The database is opened before the keys are made. So an empty database beside existing keys is surely a lost one.
  const { sql, mark, log, editors, pauses, items, audit, webhooks, webhookOutbox, notices, websub } = openDataStores(
    config.dataDir,
    peers,
    storage,
    logger,
  )
  storage.watch(sql)
  storage.look()
  const first = isCheckedLater(config.dataDir) ? 'now' : 'later'
  const stopChecking = peers.owner ? keepChecking(path, storage, first) : () => {}
  return {
    ...{ log, editors, pauses, items, audit, webhooks, webhookOutbox, notices, websub, storage },
    signing: log.signing,
    address: { kind: 'sqlite', path },
    openPushStorage: sqlitePushStorage(sql),
    wakeUps: null,
    reports: null,
    published: async () => log.published,
    pushKeys: (note) => pushSettings(config, note),
    outboxStats: () => outboxStats(sql, Date.now()),
    // Entries of other processes count too; those of this process are noted already.
    noteSeq: (seq) => mark?.note(() => seq),
    began() {
      if (peers.owner) fillReserve(config.dataDir)
      // From here on this thread does not wait long for another connection's write.
      sql.waitAtMost(busyStepMs)
    },
    async close() {
      storage.stop()
      stopChecking()
      closeStores({ config, peers, storage, sql, mark, logger })
    },
  }
}
