import { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import { endPostgresLeases } from '../../../store/postgres/outbox/outbox-leasing.ts'
import { PostgresOutbox } from '../../../store/postgres/outbox/postgres-outbox.ts'
import type { PostgresDatabase } from '../../../store/postgres/postgres-database.ts'
import { PostgresPause } from '../../../store/postgres/postgres-pause.ts'
import { verifyPostgresSecret } from '../../../store/postgres/subscriptions/postgres-secret-canary.ts'
import { PostgresSubscriptions } from '../../../store/postgres/subscriptions/postgres-subscriptions.ts'
import { nodeAddressCrypto } from '../../push/node-address-encryption.ts'
import type { OpenPushStorage } from '../push-storage.ts'

/** What the push engine stores in PostgreSQL. */
export function postgresPushStorage(database: PostgresDatabase): OpenPushStorage {
  return async ({ secret, pushHosts, now, newId, report }) => {
    const addressEncryption = await AddressEncryption.make(secret, nodeAddressCrypto(secret))
    const pauses = new PostgresPause(database)
    const deps = { database, addressEncryption, pauses, now, newId, report }
    return {
      isProven: await verifyPostgresSecret(database, addressEncryption),
      outbox: new PostgresOutbox(deps),
      subscriptions: new PostgresSubscriptions({ database, addressEncryption, newId, hosts: pushHosts }),
      outboxOf: (owner) => new PostgresOutbox({ ...deps, owner }),
      endLeasesOf: (owner) => endPostgresLeases(database, (name) => name === owner),
      // A process id says nothing about another machine: those leases end by the database's clock.
      endLostLeases: async () => {},
    }
  }
}
