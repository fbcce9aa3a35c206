import type { PostgresStatements } from '../postgres-database.ts'
import { CountChanges } from './reader-counts.ts'

const lockRows = 'select row_id from tocsin.subscriptions where row_id = any($1::bigint[]) order by row_id for update'
const deleteRows = `delete from tocsin.subscriptions where row_id = any($1::bigint[])
  returning interest_id, host, vapid_key_id`
const selectOfEditor = 'select row_id from tocsin.subscriptions where editor_id = $1'
const lockKeyed = `select row_id, host, vapid_key_id from tocsin.subscriptions
  where id = any($1::uuid[]) order by row_id for update`
const moveRows = `update tocsin.subscriptions s set vapid_key_id = moved.vapid_key_id
  from unnest($1::uuid[], $2::text[]) as moved (id, vapid_key_id) where s.id = moved.id
  returning s.host, moved.vapid_key_id`

/** Deletes subscriptions. Only inside a transaction. */
export async function deleteSubscriptions(statements: PostgresStatements, rowIds: readonly number[]): Promise<void> {
  if (rowIds.length === 0) return
  statements.send(lockRows, rowIds)
  type Deleted = { readonly interest_id: number; readonly host: string; readonly vapid_key_id: string }
  const deleted = await statements.all<Deleted>(deleteRows, rowIds)
  const counts = new CountChanges()
  for (const { interest_id, host, vapid_key_id } of deleted) {
    counts.add(interest_id, -1)
    counts.addAt(host, vapid_key_id, -1)
  }
  counts.send(statements)
}

/** Deletes an editor's subscriptions to test alerts. Only inside a transaction. */
export async function deleteTestsOf(statements: PostgresStatements, editorId: string): Promise<void> {
  const rows = await statements.all<{ row_id: number }>(selectOfEditor, editorId)
  await deleteSubscriptions(
    statements,
    rows.map(({ row_id }) => row_id),
  )
}

/** Corrects the VAPID keys that subscriptions (by id) were made with. Only inside a transaction. */
export async function moveToKeys(statements: PostgresStatements, keyIds: ReadonlyMap<string, string>): Promise<void> {
  if (keyIds.size === 0) return
  type Place = { readonly host: string; readonly vapid_key_id: string }
  const before = await statements.all<Place>(lockKeyed, [...keyIds.keys()])
  const after = await statements.all<Place>(moveRows, [...keyIds.keys()], [...keyIds.values()])
  const counts = new CountChanges()
  for (const { host, vapid_key_id } of before) counts.addAt(host, vapid_key_id, -1)
  for (const { host, vapid_key_id } of after) counts.addAt(host, vapid_key_id, 1)
  counts.send(statements)
}
