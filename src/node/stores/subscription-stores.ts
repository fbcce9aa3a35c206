import { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { SqliteOutbox } from '../../store/sqlite/outbox/sqlite-outbox.ts'
import { SqliteSubscriptions } from '../../store/sqlite/sqlite-subscriptions.ts'
import { nodeAddressCrypto } from '../push/node-address-encryption.ts'
import { openSqlite } from '../storage/sqlite-file.ts'
import type { PushStorageDeps } from './push-storage.ts'
import type { StoreAddress } from './store-address.ts'
import type { SubscriptionStores } from './thread-stores.ts'

const busyStepMs = 50

export async function openSubscriptionStores(
  address: StoreAddress,
  deps: PushStorageDeps,
): Promise<SubscriptionStores> {
  if (address.kind === 'postgres')
    return (await import('./postgres/postgres-thread-stores.ts')).openPostgresSubscriptionStores(address, deps)
  const { secret, pushHosts: hosts, ...world } = deps
  const sql = openSqlite(address.path, 'late', () => {}, true)
  // A write waits for its lock in several steps, between which the thread handles other calls.
  sql.waitAtMost(busyStepMs)
  const addressEncryption = await AddressEncryption.make(secret, nodeAddressCrypto(secret))
  return {
    // The calling thread has batched the calls already.
    subscriptions: new SqliteSubscriptions({ sql, addressEncryption, newId: world.newId, hosts, collectMs: 0 }),
    outbox: new SqliteOutbox({ sql, addressEncryption, ...world }),
    close: () => sql.close(),
  }
}
