import type { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import type { PushAddress } from '../../../push/subscriptions/subscription.ts'
import type { PostgresDatabase } from '../postgres-database.ts'

const selectAddresses = `select row_id, endpoint_hash, address from tocsin.subscriptions
  where row_id > $1 and row_id % $2 = $3 order by row_id limit $4`

/** The stored push addresses in the order of their rows; one part of them where several share the work. */
export class PostgresAddresses {
  readonly #database: PostgresDatabase
  readonly #addressEncryption: Pick<AddressEncryption, 'decrypt'>
  readonly #part: number
  readonly #parts: number

  /** Part `part` (from 0) of `parts`. */
  constructor(
    database: PostgresDatabase,
    addressEncryption: Pick<AddressEncryption, 'decrypt'>,
    part: number,
    parts: number,
  ) {
    this.#database = database
    this.#addressEncryption = addressEncryption
    this.#part = part
    this.#parts = parts
  }

  /** The next addresses after a row. `open` rejects when one was encrypted with another secret. */
  async after(
    rowId: number,
    limit: number,
  ): Promise<readonly { readonly rowId: number; open(): Promise<PushAddress> }[]> {
    type Row = { readonly row_id: number; readonly endpoint_hash: Uint8Array; readonly address: Uint8Array }
    const rows = await this.#database.all<Row>(selectAddresses, rowId, this.#parts, this.#part, limit)
    return rows.map(({ row_id, endpoint_hash, address }) => ({
      rowId: row_id,
      open: () => this.#addressEncryption.decrypt(address, endpoint_hash),
    }))
  }
}
