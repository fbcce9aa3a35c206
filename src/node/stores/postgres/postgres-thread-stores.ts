import { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import { PostgresLog } from '../../../store/postgres/log/postgres-log.ts'
import { PostgresOutbox } from '../../../store/postgres/outbox/postgres-outbox.ts'
import { PostgresDatabase } from '../../../store/postgres/postgres-database.ts'
import { PostgresEditors } from '../../../store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../store/postgres/postgres-pause.ts'
import { PostgresAddresses } from '../../../store/postgres/subscriptions/postgres-addresses.ts'
import { PostgresSubscriptions } from '../../../store/postgres/subscriptions/postgres-subscriptions.ts'
import { nodeAddressCrypto } from '../../push/node-address-encryption.ts'
import type { PushStorageDeps } from '../push-storage.ts'
import type { StoreAddress } from '../store-address.ts'
import type { PushWorkDeps, PushWorkStores, ReadStores, SubscriptionStores } from '../thread-stores.ts'

// What each worker thread opens where the database is PostgreSQL: a small pool of connections of its own.

type PostgresAddress = StoreAddress & { readonly kind: 'postgres' }

/** The most connections of one worker thread. */
export const threadConnectionsMax = 4

function connect({ url, applicationName }: PostgresAddress): PostgresDatabase {
  return new PostgresDatabase({ url, applicationName, connectionsMax: threadConnectionsMax })
}

/** The log is read under the epoch that the main thread has opened it with. */
export async function openPostgresReadStores(address: PostgresAddress, epoch: string): Promise<ReadStores> {
  const database = connect(address)
  const log = PostgresLog.openAgain(database, epoch)
  return { log, editors: new PostgresEditors(database), indexMore: null, close: () => database.close() }
}

export async function openPostgresPushWorkStores(
  address: PostgresAddress,
  { secret, part, parts, nodes, ...world }: PushWorkDeps,
): Promise<PushWorkStores> {
  const database = connect(address)
  const addressEncryption = await AddressEncryption.make(secret, nodeAddressCrypto(secret))
  const pauses = new PostgresPause(database)
  return {
    outbox: new PostgresOutbox({ database, addressEncryption, pauses, nodes, ...world }),
    addresses: new PostgresAddresses({ database, addressEncryption, part, parts, nodes }),
    close: () => database.close(),
  }
}

export async function openPostgresSubscriptionStores(
  address: PostgresAddress,
  { secret, pushHosts: hosts, ...world }: PushStorageDeps,
): Promise<SubscriptionStores> {
  const database = connect(address)
  const addressEncryption = await AddressEncryption.make(secret, nodeAddressCrypto(secret))
  const pauses = new PostgresPause(database)
  return {
    subscriptions: new PostgresSubscriptions({ database, addressEncryption, newId: world.newId, hosts }),
    outbox: new PostgresOutbox({ database, addressEncryption, pauses, ...world }),
    close: () => database.close(),
  }
}
