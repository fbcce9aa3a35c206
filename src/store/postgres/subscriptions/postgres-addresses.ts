import type { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import type { RowRange, SendingNodes } from '../../../push/outbox/block-homes.ts'
import type { PushAddress } from '../../../push/subscriptions/subscription.ts'
import { selectRowRange } from '../outbox/outbox-openings.ts'
import type { PostgresDatabase } from '../postgres-database.ts'
import { homeRanges, sameUpTo } from './home-ranges.ts'

const selectAddresses = `select row_id, endpoint_hash, address from tocsin.subscriptions
  where row_id > $1 and row_id <= $2 and row_id % $3 = $4 order by row_id limit $5`

type Deps = {
  readonly database: Pick<PostgresDatabase, 'all'>
  readonly addressEncryption: Pick<AddressEncryption, 'decrypt'>
  /** Part `part` (from 0) of `parts`. */
  readonly part: number
  readonly parts: number
  /** The nodes that send now; null: not known. */
  readonly nodes: () => SendingNodes | null
}

type AddressRow = { readonly rowId: number; open(): Promise<PushAddress> }

/**
 * The stored push addresses in the order of their rows: those whose home is this node, and of these one part where several
 * threads share the work.
 */
export class PostgresAddresses {
  readonly #deps: Deps
  #nodes: SendingNodes | null = null
  #ranges: readonly RowRange[] | null = null
  /** Goes up when earlier rows have come to be among them. */
  generation = 0

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** The next addresses after a row. `open` rejects when one was encrypted with another secret. */
  async after(rowId: number, limit: number): Promise<readonly AddressRow[]> {
    if (this.#ranges === null || this.#nodes !== this.#deps.nodes()) await this.#readRanges(rowId)
    const rows = await this.#next(rowId, limit)
    if (rows.length > 0) return rows
    // There may be more subscriptions by now.
    await this.#readRanges(rowId)
    return this.#next(rowId, limit)
  }

  async #next(rowId: number, limit: number): Promise<readonly AddressRow[]> {
    const { database, addressEncryption, part, parts } = this.#deps
    type Row = { readonly row_id: number; readonly endpoint_hash: Uint8Array; readonly address: Uint8Array }
    for (const { low, high } of this.#ranges ?? []) {
      if (high <= rowId) continue
      const rows = await database.all<Row>(selectAddresses, Math.max(rowId, low), high, parts, part, limit)
      if (rows.length > 0)
        return rows.map(({ row_id, endpoint_hash, address }) => ({
          rowId: row_id,
          open: () => addressEncryption.decrypt(address, endpoint_hash),
        }))
    }
    return []
  }

  async #readRanges(rowId: number): Promise<void> {
    const nodes = this.#deps.nodes()
    const [range] = await this.#deps.database.all<RowRange>(selectRowRange)
    const ranges = homeRanges(range ?? { low: 0, high: 0 }, nodes)
    if (this.#ranges !== null && !sameUpTo(rowId, this.#ranges, ranges)) this.generation += 1
    this.#nodes = nodes
    this.#ranges = ranges
  }
}
