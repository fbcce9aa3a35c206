import type { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import type { PushAddress } from '../../push/subscriptions/subscription.ts'
import type { Sql } from '../sql.ts'

const selectAddresses = `select row_id, endpoint_hash, address from subscriptions
  where row_id > ? and row_id % ? = ? order by row_id limit ?`

/** The stored push addresses in the order of their rows; one part of them where several threads share the work. */
export class StoredAddresses {
  readonly #sql: Sql
  readonly #addressEncryption: Pick<AddressEncryption, 'decrypt'>
  readonly #part: number
  readonly #parts: number
  /** Goes up when earlier rows have come to be among them, which does not happen here. */
  readonly generation = 0

  /** Part `part` (from 0) of `parts`. */
  constructor(sql: Sql, addressEncryption: Pick<AddressEncryption, 'decrypt'>, part: number, parts: number) {
    this.#sql = sql
    this.#addressEncryption = addressEncryption
    this.#part = part
    this.#parts = parts
  }

  /** The next address after a row. `open` throws when it was encrypted with another secret. */
  after(rowId: number, limit: number): readonly { readonly rowId: number; open(): Promise<PushAddress> }[] {
    type Row = { row_id: number; endpoint_hash: Uint8Array; address: Uint8Array }
    return this.#sql
      .all<Row>(selectAddresses, rowId, this.#parts, this.#part, limit)
      .map(({ row_id, endpoint_hash, address }) => ({
        rowId: row_id,
        open: () => this.#addressEncryption.decrypt(address, endpoint_hash),
      }))
  }
}
