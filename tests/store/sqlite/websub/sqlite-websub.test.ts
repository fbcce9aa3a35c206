import { join } from 'node:path'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { SqliteLog } from '../../../../src/store/sqlite/sqlite-log.ts'
import { SqliteWebSub } from '../../../../src/store/sqlite/websub/sqlite-websub.ts'
import { webSubContract } from '../../../contracts/websub/websub.ts'
import { webSubLeasesContract } from '../../../contracts/websub/websub-leases.ts'
import type { WebSubStoresRig } from '../../../contracts/websub/websub-rig.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

const clean = cleaning()

function open(path: string): WebSubStoresRig {
  const sql = openSqlite(path)
  clean(() => sql.close())
  return { log: new SqliteLog(sql, 'epoch1'), websub: new SqliteWebSub(sql), reopen: async () => open(path) }
}

const opened = async () => open(join(scratchFolder(clean), 'tocsin.db'))

webSubContract(opened, clean)
webSubLeasesContract(opened, clean)
