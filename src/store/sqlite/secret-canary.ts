import { utf8 } from '../../domain/parsing/base64url.ts'
import type { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { migrate, type Sql } from '../sql.ts'
import { subscriptionSchema } from './push-tables.ts'

const selectCanary = 'select closed from push_canary where only_row = 1'
const insertCanary = 'insert into push_canary (only_row, closed) values (1, ?) on conflict (only_row) do nothing'
const selectOldest = 'select endpoint_hash, address from subscriptions order by row_id limit ?'
const selectNewest = 'select endpoint_hash, address from subscriptions order by row_id desc limit ?'
/** How many rows are tried where there is no canary yet: one or two may be damaged, not all of them. */
const rowsTried = 10
const canaryData = utf8('tocsin canary')

/**
 * Whether the secret is the one that this database's addresses were encrypted with. It is proven by an encrypted row kept
 * for this alone. A database without that row gets one when one of its addresses can be decrypted, or when it has none.
 */
export async function verifySecret(
  sql: Sql,
  addressEncryption: Pick<AddressEncryption, 'encrypt' | 'decrypt'>,
): Promise<boolean> {
  migrate(sql, subscriptionSchema)
  const opened = await canDecryptCanary(sql, addressEncryption)
  if (opened !== null) return opened
  type Row = { endpoint_hash: Uint8Array; address: Uint8Array }
  const rows = [...sql.all<Row>(selectOldest, rowsTried), ...sql.all<Row>(selectNewest, rowsTried)]
  const decrypted = await Promise.all(
    rows.map(({ address, endpoint_hash }) => canDecrypt(addressEncryption, address, endpoint_hash)),
  )
  if (rows.length > 0 && !decrypted.includes(true)) return false
  sql.run(insertCanary, await addressEncryption.encrypt({ endpoint: 'canary', p256dh: '', auth: '' }, canaryData))
  // Another process may have written it first.
  return (await canDecryptCanary(sql, addressEncryption)) === true
}

/** Whether the row that is kept for this can be decrypted; null: the database has none yet. Writes nothing. */
export async function canDecryptCanary(
  sql: Pick<Sql, 'all'>,
  addressEncryption: Pick<AddressEncryption, 'decrypt'>,
): Promise<boolean | null> {
  const [canary] = sql.all<{ closed: Uint8Array }>(selectCanary)
  return canary === undefined ? null : canDecrypt(addressEncryption, canary.closed, canaryData)
}

async function canDecrypt(
  addressEncryption: Pick<AddressEncryption, 'decrypt'>,
  closed: Uint8Array,
  boundTo: Uint8Array,
): Promise<boolean> {
  try {
    await addressEncryption.decrypt(closed, boundTo)
    return true
  } catch {
    return false
  }
}
