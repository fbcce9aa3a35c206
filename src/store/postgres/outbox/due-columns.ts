import type { SubscriptionRow } from '../subscriptions/postgres-push-tables.ts'

/** A leased subscription without its interest's text, which is cached; and, of a retry, what the attempts before left. */
export type DueRow = Omit<SubscriptionRow, 'interest' | 'row_id'> & {
  readonly sealed?: Uint8Array | null
  readonly attempts?: number
  readonly looked_gone?: boolean
}

/** The columns of a `DueRow` of a subscription (s). */
export const dueRowColumns = 's.id, s.endpoint_hash, s.address, s.interest_id, s.discreet, s.vapid_key_id, s.created_at'

/** All rows of a batch, one after the other, as base64. Null: there are no rows. */
export type DueColumns = { readonly packed: string | null }

/**
 * The aggregate of a batch's subscriptions (s): one value with the bytes of all rows, in place of a message of the protocol
 * for each row. An aggregate for each column took the server twice as long, to plan and to run. The driver reads values as
 * text, and base64 is its shortest form for bytes.
 */
export const dueColumns = `encode(string_agg(uuid_send(s.id) || int8send(s.interest_id) || timestamptz_send(s.created_at) ||
  boolsend(s.discreet) || int4send(octet_length(s.endpoint_hash)) || s.endpoint_hash || int4send(octet_length(s.address)) ||
  s.address || int4send(octet_length(s.vapid_key_id)) || textsend(s.vapid_key_id), ''), 'base64') as packed`

/** The server counts microseconds from the year 2000. */
const epochMs = Date.UTC(2000, 0, 1)
const [int4Bytes, int8Bytes, uuidBytes] = [4, 8, 16]

/** The rows that were packed. */
export function dueRowsOf({ packed }: DueColumns): readonly DueRow[] {
  // The server breaks its lines, which Node's decoder skips.
  const bytes = Buffer.from(packed ?? '', 'base64')
  const rows: DueRow[] = []
  let at = 0
  const take = (size: number): Buffer => {
    at += size
    return bytes.subarray(at - size, at)
  }
  const takeSized = (): Buffer => {
    const size = bytes.readInt32BE(at)
    at += int4Bytes
    return take(size)
  }
  while (at < bytes.length) {
    const id = uuidOf(take(uuidBytes))
    const interestId = Number(bytes.readBigInt64BE(at))
    const createdMs = epochMs + Number(bytes.readBigInt64BE(at + int8Bytes)) / 1_000
    at += 2 * int8Bytes
    rows.push({
      id,
      interest_id: interestId,
      created_at: new Date(createdMs).toISOString(),
      discreet: take(1)[0] === 1,
      endpoint_hash: takeSized(),
      address: takeSized(),
      vapid_key_id: takeSized().toString(),
    })
  }
  return rows
}

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
