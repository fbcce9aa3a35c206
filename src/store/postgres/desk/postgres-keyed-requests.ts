import type { Authority } from '../../../auth/editor.ts'
import { type KeyedRequest, requestKeyReused } from '../../../auth/keyed-request.ts'
import type { PostgresStatements } from '../postgres-database.ts'

/** What admins' requests with an idempotency key have made or changed, by editor and key: editors, webhooks and the pause. */
export const postgresKeyedRequestsStep = `create table tocsin.keyed_requests (
    key text collate "C" primary key,
    intention text collate "C" not null,
    made_id text collate "C" not null,
    at timestamptz not null
  )`

// One statement: of two requests at once with one key, the second waits until the first has committed.
const insertMade = `insert into tocsin.keyed_requests (key, intention, made_id, at) values ($1, $2, $3, $4)
  on conflict (key) do update set at = keyed_requests.at returning intention, made_id`

/**
 * The id of what the same request has made before; null: nothing, and `madeId` is noted as what it makes. To be called inside
 * the transaction that makes it. Throws a Problem (409) for a key that was used for another request.
 */
export async function madeBefore(
  statements: Pick<PostgresStatements, 'all'>,
  request: KeyedRequest | undefined,
  { editorId, at }: Authority,
  madeId: string,
): Promise<string | null> {
  if (request === undefined) return null
  const values = [`${editorId} ${request.key}`, request.intention, madeId, at] as const
  const [row] = await statements.all<{ intention: string; made_id: string }>(insertMade, ...values)
  if (row === undefined) throw new Error('a request that is noted is there')
  if (row.intention !== request.intention) throw requestKeyReused()
  return row.made_id === madeId ? null : row.made_id
}
