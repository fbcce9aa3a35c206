import { SqliteEditors } from '../../store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import type { StorageFaultKind } from '../../store/storage-fault.ts'
import { openSqlite } from '../storage/sqlite-file.ts'
import type { StoreAddress } from './store-address.ts'
import type { ReadStores } from './thread-stores.ts'

const busyStepMs = 50

/** `onFault`: is called with a fault of the disk, which the other connections may not meet. */
export async function openReadStores(
  address: StoreAddress,
  epoch: string,
  onFault: (kind: StorageFaultKind | null) => void,
): Promise<ReadStores> {
  if (address.kind === 'postgres')
    return (await import('./postgres/postgres-thread-stores.ts')).openPostgresReadStores(address, epoch)
  const sql = openSqlite(address.path, 'full', onFault, true)
  const log = new SqliteLog(sql, epoch)
  const editors = new SqliteEditors(sql)
  sql.waitAtMost(busyStepMs)
  return { log, editors, indexMore: (...given) => log.indexMore(...given), close: () => sql.close() }
}
