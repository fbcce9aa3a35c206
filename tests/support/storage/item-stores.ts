import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { SqliteAudit } from '../../../src/store/sqlite/desk/sqlite-audit.ts'
import { SqliteItems } from '../../../src/store/sqlite/desk/sqlite-items.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../../src/store/sqlite/sqlite-pause.ts'
import type { ItemStoresRig } from '../../contracts/items/items-rig.ts'
import { crashingSql } from './crashing-sql.ts'

/** The desk's stores on a SQLite database. */
export function openItemStores(clean: (act: () => void) => void, path: string): ItemStoresRig {
  const file = openSqlite(path)
  let left = path
  const sql = crashingSql(file, () => {
    left = copied(path)
    throw new Error('the process was killed')
  })
  let state: 'open' | 'closed' = 'open'
  const close = () => {
    if (state === 'open') file.close()
    state = 'closed'
  }
  clean(close)
  const log = new SqliteLog(sql, 'epoch1')
  return {
    ...{ log, items: new SqliteItems(sql, log), editors: new SqliteEditors(sql), pauses: new SqlitePause(sql) },
    audit: new SqliteAudit(sql),
    crashAt: (point) => sql.crashAt(point),
    async reopen() {
      close()
      // Thousands of crashes would fill the disk.
      if (left !== path) for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
      return openItemStores(clean, left)
    },
  }
}

let copies = 0

/** What a process that is killed now leaves: the files as the kernel has them, without SQLite's own memory. */
function copied(path: string): string {
  const target = join(dirname(path), `left-${++copies}.db`)
  for (const end of ['', '-wal']) if (existsSync(path + end)) copyFileSync(path + end, target + end)
  return target
}
