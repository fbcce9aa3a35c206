import { databasePath, openDataFolder } from '../../../src/node/storage/data-folder.ts'
import { closeStores, openDataStores } from '../../../src/node/storage/open-stores.ts'
import { StorageMonitor } from '../../../src/node/storage/storage-monitor.ts'
import { faultNotices } from '../../../src/node/stores/fault-state.ts'
import { Alarms } from '../../../src/push/outbox/alarms.ts'

/** A database as the service has it, on a folder, with what it says. */
export function openedStores(clean: (undo: () => unknown) => void, dataDir: string, owner = true) {
  openDataFolder(dataDir)
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const logger = { alert: say, warn: say, report: () => {}, debug: () => {}, panic: () => {} }
  const alarms = new Alarms(Date.now)
  const storage = new StorageMonitor({ path: databasePath(dataDir), notify: faultNotices(alarms, logger) })
  const stores = openDataStores(dataDir, { owner }, storage, logger)
  storage.watch(stores.sql)
  clean(() => storage.stop())
  const close = () => {
    storage.stop()
    closeStores({ config: { dataDir }, peers: { owner }, storage, sql: stores.sql, mark: stores.mark, logger })
  }
  const write = (word: string) => stores.sql.run(`insert into notes values ('${word}')`)
  const epoch = async () => (await stores.log.bounds()).epoch
  return { ...stores, storage, alarms, said, close, write, epoch }
}
