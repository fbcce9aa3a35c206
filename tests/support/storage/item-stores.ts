import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { SqliteAudit } from '../../../src/store/sqlite/desk/sqlite-audit.ts'
import { SqliteItems } from '../../../src/store/sqlite/desk/sqlite-items.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../../src/store/sqlite/sqlite-pause.ts'
import type { ItemStoresRig } from '../../contracts/items/items-rig.ts'

/** The desk's stores on a SQLite database. */
export function openItemStores(clean: (act: () => void) => void, path: string): ItemStoresRig {
  const sql = openSqlite(path)
  let state: 'open' | 'closed' = 'open'
  const close = () => {
    if (state === 'open') sql.close()
    state = 'closed'
  }
  clean(close)
  const log = new SqliteLog(sql, 'epoch1')
  return {
    ...{ log, items: new SqliteItems(sql, log), editors: new SqliteEditors(sql), pauses: new SqlitePause(sql) },
    audit: new SqliteAudit(sql),
    async reopen() {
      close()
      return openItemStores(clean, path)
    },
  }
}
