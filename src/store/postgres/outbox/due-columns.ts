import type { SubscriptionRow } from '../subscriptions/postgres-push-tables.ts'

/** A leased subscription without its interest's text, which is cached; and, of a retry, what the attempts before left. */
export type DueRow = Omit<SubscriptionRow, 'interest' | 'row_id'> & {
  readonly sealed?: Uint8Array | null
  readonly attempts?: number
  readonly looked_gone?: boolean
}

/** The columns of a `DueRow` of a subscription (s). */
export const dueRowColumns = 's.id, s.endpoint_hash, s.address, s.interest_id, s.discreet, s.vapid_key_id, s.created_at'

/** Each column of all rows of a batch, joined: bytes one after the other, or their base64. Null: there are no rows. */
export type DueColumns = {
  readonly ids: string | null
  readonly vapid_key_ids: readonly string[] | null
  readonly interest_ids: Uint8Array | null
  readonly discreet: Uint8Array | null
  readonly created: Uint8Array | null
  readonly hash_sizes: Uint8Array | null
  readonly address_sizes: Uint8Array | null
  readonly hashes: string | null
  readonly addresses: string | null
}

/**
 * The aggregates of a batch's subscriptions (s): one message of the protocol with a value for each column, in place of one
 * for each row. Reading it takes the claimer half as long, and base64 is shorter than the usual form of bytes.
 */
export const dueColumns = `string_agg(s.id::text, ' ') as ids, json_agg(s.vapid_key_id) as vapid_key_ids,
  string_agg(int8send(s.interest_id), '') as interest_ids, string_agg(boolsend(s.discreet), '') as discreet,
  string_agg(timestamptz_send(s.created_at), '') as created,
  string_agg(int4send(octet_length(s.endpoint_hash)), '') as hash_sizes,
  string_agg(int4send(octet_length(s.address)), '') as address_sizes,
  encode(string_agg(s.endpoint_hash, ''), 'base64') as hashes, encode(string_agg(s.address, ''), 'base64') as addresses`

/** The server counts microseconds from the year 2000. */
const epochMs = Date.UTC(2000, 0, 1)
const [int4Bytes, int8Bytes] = [4, 8]

/** The rows whose columns these are. */
export function dueRowsOf(columns: DueColumns): readonly DueRow[] {
  const { ids, vapid_key_ids: keyIds } = columns
  if (ids === null || keyIds === null) return []
  const [interestIds, created] = [viewOf(columns.interest_ids), viewOf(columns.created)]
  const takeHash = slicer(columns.hashes, columns.hash_sizes)
  const takeAddress = slicer(columns.addresses, columns.address_sizes)
  return ids.split(' ').map((id, nth) => ({
    id,
    interest_id: Number(interestIds.getBigInt64(nth * int8Bytes)),
    created_at: new Date(epochMs + Number(created.getBigInt64(nth * int8Bytes)) / 1_000).toISOString(),
    discreet: columns.discreet?.[nth] === 1,
    vapid_key_id: keyIds[nth] ?? '',
    endpoint_hash: takeHash(nth),
    address: takeAddress(nth),
  }))
}

/** Gives the bytes of each row in turn. */
function slicer(base64: string | null, sizes: Uint8Array | null): (nth: number) => Uint8Array {
  // The server breaks its lines, which Node's decoder skips.
  const bytes = Buffer.from(base64 ?? '', 'base64')
  const view = viewOf(sizes)
  let end = 0
  return (nth) => {
    const from = end
    end += view.getInt32(nth * int4Bytes)
    return bytes.subarray(from, end)
  }
}

function viewOf(bytes: Uint8Array | null): DataView {
  return bytes === null ? new DataView(new ArrayBuffer(0)) : new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
