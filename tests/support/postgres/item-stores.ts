import { PostgresAudit } from '../../../src/store/postgres/desk/postgres-audit.ts'
import { PostgresItems } from '../../../src/store/postgres/desk/postgres-items.ts'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import { PostgresEditors } from '../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../src/store/postgres/postgres-pause.ts'
import type { ItemStoresRig } from '../../contracts/items/items-rig.ts'
import { cuttingProxy } from './cutting-proxy.ts'
import { newDatabase } from './fresh-database.ts'

type Proxy = Awaited<ReturnType<typeof cuttingProxy>>

/** The desk's stores on a PostgreSQL database, with a proxy before it that can cut the connections. */
export async function openPostgresItems(clean: (undo: () => unknown) => void, url: string): Promise<ItemStoresRig> {
  const at = new URL(url)
  const proxy = await cuttingProxy(Number(at.port), clean)
  at.port = String(proxy.port)
  return opened(clean, at.href, proxy)
}

async function opened(clean: (undo: () => unknown) => void, url: string, proxy: Proxy): Promise<ItemStoresRig> {
  const database = newDatabase(url)
  let state: 'open' | 'closed' = 'open'
  const close = async () => {
    if (state === 'open') await database.close()
    state = 'closed'
  }
  clean(close)
  const log = await PostgresLog.open(database, () => 'epoch1', { clockDifferenceMsMax: Number.POSITIVE_INFINITY })
  return {
    log,
    items: new PostgresItems(database, log, { clock: 'request' }),
    editors: new PostgresEditors(database),
    pauses: new PostgresPause(database),
    audit: new PostgresAudit(database),
    // Seldom to the end of this process's connections: mostly the store connects again and repeats what it was asked.
    crashAt: (point) => proxy.cutAt(point, point % 4 === 3),
    async reopen() {
      proxy.goOn()
      await close()
      return opened(clean, url, proxy)
    },
  }
}
