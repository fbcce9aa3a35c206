import { utf8 } from '../../../domain/parsing/base64url.ts'
import type { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import type { PostgresDatabase } from '../postgres-database.ts'

const selectCanary = 'select closed from tocsin.push_canary where only_row = 1'
const insertCanary =
  'insert into tocsin.push_canary (only_row, closed) values (1, $1) on conflict (only_row) do nothing'
const bound = utf8('tocsin canary')

/**
 * Whether the secret is the one that this database's addresses were encrypted with. It is proven by an encrypted row kept
 * for this alone, which the first start writes.
 */
export async function verifyPostgresSecret(
  database: PostgresDatabase,
  addressEncryption: Pick<AddressEncryption, 'open' | 'close'>,
): Promise<boolean> {
  const closed = await addressEncryption.close({ endpoint: 'canary', p256dh: '', auth: '' }, bound)
  const found = await database.all<{ closed: Uint8Array }>(selectCanary)
  if (found.length === 0) await database.once(insertCanary, closed)
  // Another process may have written it first.
  const [canary] = found.length === 0 ? await database.all<{ closed: Uint8Array }>(selectCanary) : found
  if (canary === undefined) return false
  return addressEncryption.open(canary.closed, bound).then(
    () => true,
    () => false,
  )
}
