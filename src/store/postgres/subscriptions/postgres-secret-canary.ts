import { utf8 } from '../../../domain/parsing/base64url.ts'
import type { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import type { PostgresDatabase } from '../postgres-database.ts'

const selectCanary = 'select closed from tocsin.push_canary where only_row = 1'
const insertCanary =
  'insert into tocsin.push_canary (only_row, closed) values (1, $1) on conflict (only_row) do nothing'
/** Where there is no canary yet, some rows are tried: one or two may be damaged, not all of them. */
const selectRows = `(select endpoint_hash, address from tocsin.subscriptions order by row_id limit 10)
  union all (select endpoint_hash, address from tocsin.subscriptions order by row_id desc limit 10)`
const bound = utf8('tocsin canary')

/** Whether a secret was registered with this database: it is in use, by nodes that have the secret. */
export async function hasPostgresCanary(database: Pick<PostgresDatabase, 'all'>): Promise<boolean> {
  return (await database.all(selectCanary)).length > 0
}

/**
 * Whether the secret is the one that this database's addresses were encrypted with. It is proven by an encrypted row kept
 * for this alone. A database without that row gets one when one of its addresses can be decrypted, or when it has none.
 * `vapidKeyId`: is kept in that row, for `registeredVapidKey`.
 */
export async function verifyPostgresSecret(
  database: PostgresDatabase,
  addressEncryption: Pick<AddressEncryption, 'encrypt' | 'decrypt'>,
  vapidKeyId = '',
): Promise<boolean> {
  const opens = (closed: Uint8Array, boundTo: Uint8Array) =>
    addressEncryption.decrypt(closed, boundTo).then(
      () => true,
      () => false,
    )
  const read = async () => (await database.all<{ closed: Uint8Array }>(selectCanary))[0]
  const canary = await read()
  if (canary !== undefined) return opens(canary.closed, bound)
  const rows = await database.all<{ endpoint_hash: Uint8Array; address: Uint8Array }>(selectRows)
  const opened = await Promise.all(rows.map(({ address, endpoint_hash }) => opens(address, endpoint_hash)))
  if (rows.length > 0 && !opened.includes(true)) return false
  const plain = { endpoint: 'canary', p256dh: vapidKeyId, auth: '' }
  await database.once(insertCanary, await addressEncryption.encrypt(plain, bound))
  // Another process may have written it first.
  const kept = await read()
  return kept !== undefined && opens(kept.closed, bound)
}

/** The VAPID key of the process that registered its secret with this database; null: that is unknown. */
export async function registeredVapidKey(
  database: Pick<PostgresDatabase, 'all'>,
  addressEncryption: Pick<AddressEncryption, 'decrypt'>,
): Promise<string | null> {
  const [canary] = await database.all<{ closed: Uint8Array }>(selectCanary)
  if (canary === undefined) return null
  return (await addressEncryption.decrypt(canary.closed, bound)).p256dh || null
}
