import { loadSecret, loadVapidKeys } from '../../../src/node/push/push-key-files.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import type { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { PostgresSubscriptions } from '../../../src/store/postgres/subscriptions/postgres-subscriptions.ts'
import { makeBrowserKeys } from '../browser/browser-keys.ts'
import { makeInterest, newId } from '../push/push-deps.ts'
import type { PushService } from '../push/push-service.ts'

/** Stores so many readers of a push service; resolves with their ids there. `dataDir`: where a node's push keys are. */
export async function subscribeReaders(
  service: PushService,
  database: PostgresDatabase,
  dataDir: string,
  people: number,
): Promise<string[]> {
  const [{ keyId }] = await loadVapidKeys(dataDir)
  const addressEncryption = await AddressEncryption.make(loadSecret(dataDir))
  const store = new PostgresSubscriptions({ database, addressEncryption, newId })
  const keys = Array.from({ length: 20 }, () => makeBrowserKeys())
  const readers = Array.from({ length: people }, (_, nth) => service.makeReader(undefined, keys[nth % keys.length]))
  const interest = makeInterest()
  const now = new Date().toISOString()
  await Promise.all(
    readers.map(({ address }) => store.put({ ...address, interest, discreet: false, vapidKeyId: keyId }, now)),
  )
  await database.once('analyze tocsin.subscriptions')
  return readers.map(({ id }) => id)
}

export type HeldLease = { readonly owner: string; readonly pushes: number; readonly until_ms: number }

/** What each thread has leased now, with the latest end of its leases by the database's clock. */
export function leasesIn(database: PostgresDatabase): Promise<readonly HeldLease[]> {
  return database.all<HeldLease>(
    `select owner, sum(size)::integer as pushes, max(extract(epoch from lease_until)) * 1000 as until_ms from (
      select s.owner, s.lease_until, (select count(*) from tocsin.subscriptions r where r.row_id > s.low and r.row_id <= s.high) as size
        from tocsin.push_slices s
      union all select owner, not_before, 1 from tocsin.push_retries where token is not null) as held group by owner`,
  )
}
