import { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { SqliteOutbox } from '../../store/sqlite/outbox/sqlite-outbox.ts'
import { StoredAddresses } from '../../store/sqlite/subscription-addresses.ts'
import { nodeAddressCrypto } from '../push/node-address-encryption.ts'
import { openSqlite } from '../storage/sqlite-file.ts'
import type { StoreAddress } from './store-address.ts'
import type { PushWorkDeps, PushWorkStores } from './thread-stores.ts'

export async function openPushWorkStores(address: StoreAddress, deps: PushWorkDeps): Promise<PushWorkStores> {
  if (address.kind === 'postgres')
    return (await import('./postgres/postgres-thread-stores.ts')).openPostgresPushWorkStores(address, deps)
  const { secret, part, parts, nodes: _, ...world } = deps
  const sql = openSqlite(address.path, 'normal', () => {}, true)
  const addressEncryption = await AddressEncryption.make(secret, nodeAddressCrypto(secret))
  return {
    outbox: new SqliteOutbox({ sql, addressEncryption, ...world }),
    addresses: new StoredAddresses(sql, addressEncryption, part, parts),
    close: () => sql.close(),
  }
}
