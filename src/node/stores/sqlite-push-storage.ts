import { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import type { Sql } from '../../store/sql.ts'
import { endLeases } from '../../store/sqlite/outbox/outbox-leases.ts'
import { SqliteOutbox } from '../../store/sqlite/outbox/sqlite-outbox.ts'
import { verifySecret } from '../../store/sqlite/secret-canary.ts'
import { SqliteSubscriptions } from '../../store/sqlite/sqlite-subscriptions.ts'
import { isLostOwner } from '../push/lease-owner.ts'
import { nodeAddressCrypto } from '../push/node-address-encryption.ts'
import type { OpenPushStorage } from './push-storage.ts'

/** What the push engine stores in SQLite. */
export function sqlitePushStorage(sql: Sql): OpenPushStorage {
  return async ({ secret, pushHosts, now, newId, report }) => {
    const addressEncryption = await AddressEncryption.make(secret, nodeAddressCrypto(secret))
    const deps = { sql, addressEncryption, now, newId, report }
    return {
      isProven: await verifySecret(sql, addressEncryption),
      outbox: new SqliteOutbox(deps),
      subscriptions: new SqliteSubscriptions({ sql, addressEncryption, newId, hosts: pushHosts }),
      outboxOf: (owner) => new SqliteOutbox({ ...deps, owner }),
      endLeasesOf: (owner) => sql.retryBusy(() => endLeases(sql, (name) => name === owner)),
      endLostLeases: async () => endLeases(sql, isLostOwner),
    }
  }
}
