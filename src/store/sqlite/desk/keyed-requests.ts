import type { Authority } from '../../../auth/editor.ts'
import { type KeyedRequest, requestKeyReused } from '../../../auth/keyed-request.ts'
import type { Sql } from '../../sql.ts'

/** What admins' requests with an idempotency key have made or changed, by editor and key: editors, webhooks and the pause. */
export const keyedRequestsStep = `create table keyed_requests (
    key text primary key,
    intention text not null,
    made_id text not null,
    at text not null
  ) strict`

const selectMade = 'select intention, made_id from keyed_requests where key = ?'
const insertMade = 'insert into keyed_requests (key, intention, made_id, at) values (?, ?, ?, ?)'

/**
 * The id of what the same request has made before; null: nothing, and `madeId` is noted as what it makes. To be called inside
 * the transaction that makes it. Throws a Problem (409) for a key that was used for another request.
 */
export function madeBefore(
  sql: Pick<Sql, 'all' | 'run'>,
  request: KeyedRequest | undefined,
  { editorId, at }: Authority,
  madeId: string,
): string | null {
  if (request === undefined) return null
  const key = `${editorId} ${request.key}`
  const [row] = sql.all<{ intention: string; made_id: string }>(selectMade, key)
  if (row === undefined) {
    sql.run(insertMade, key, request.intention, madeId, at)
    return null
  }
  if (row.intention !== request.intention) throw requestKeyReused()
  return row.made_id
}
