import { interestKey } from '../../../src/domain/interest.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import type { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { PostgresSubscriptions } from '../../../src/store/postgres/subscriptions/postgres-subscriptions.ts'
import { makeInterest, newId, pushSecret } from '../push/push-deps.ts'

const encryption = AddressEncryption.make(pushSecret)

/** What decrypts the addresses that `subscriptionsIn` stores. */
export const addressEncryption = (): Promise<AddressEncryption> => encryption

/** The subscriptions in a database. */
export async function subscriptionsIn(database: PostgresDatabase, hosts?: readonly string[]) {
  const deps = { database, addressEncryption: await encryption, newId }
  return new PostgresSubscriptions({ ...deps, ...(hosts === undefined ? {} : { hosts }) })
}

/** Deletes every row of every table, so that many tests can share one database. */
export async function emptyTables(database: PostgresDatabase): Promise<void> {
  const tables = await database.all<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'tocsin' and tablename <> 'schema_steps'`,
  )
  await database.once(`truncate ${tables.map(({ name }) => `tocsin.${name}`).join(', ')} restart identity cascade`)
}

/** Adds this many rows whose address nothing can decrypt, by one statement; for tests that look at the database alone. */
export async function generateSubscriptions(database: PostgresDatabase, count: number): Promise<void> {
  const interest = makeInterest()
  await database.once(
    `with interest as (insert into tocsin.interests (interest_key, interest, readers) values ($2, $3, $1) returning interest_id)
    insert into tocsin.subscriptions
      (id, endpoint_hash, address_hash, address, token_hash, interest_id, discreet, vapid_key_id, host, created_at)
    select gen_random_uuid(), sha256(nth::text::bytea), ''::bytea, decode(repeat('00', 300), 'hex'), ''::bytea,
      interest_id, false, 'k1', 'fcm.googleapis.com', now() from generate_series(1, $1::integer) as nth, interest`,
    count,
    interestKey(interest),
    JSON.stringify(interest),
  )
  await database.once('analyze tocsin.subscriptions')
}
