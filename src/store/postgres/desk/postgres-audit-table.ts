import type { AuditEntry, AuditLine, AuditPart } from '../../../desk/audit.ts'
import type { Deletion } from '../../../desk/items/item.ts'
import { eventOf } from '../../../desk/webhooks/webhook-event.ts'
import type { Schema } from '../../sql.ts'
import type { PostgresStatements } from '../postgres-database.ts'
import { sendEvent } from './postgres-webhook-tables.ts'

/** The audit log. Every store of this database adds its lines to it, in the transaction of what they are about. */
export const postgresAuditSchema: Schema = {
  store: 'audit',
  steps: [
    `create table if not exists tocsin.audit (
       id bigint generated always as identity primary key,
       at timestamptz not null,
       editor_id text collate "C",
       editor_name text,
       act text collate "C" not null,
       item_id text collate "C",
       alert_id text collate "C",
       detail json not null
     );
     create index if not exists audit_by_act on tocsin.audit (act, id);
     create index if not exists audit_by_editor on tocsin.audit (editor_id, id) where editor_id is not null`,
  ],
}

type AuditRow = {
  readonly id: number
  readonly at: string
  readonly editor_id: string | null
  readonly editor_name: string | null
  readonly act: string
  readonly item_id: string | null
  readonly alert_id: string | null
  readonly detail: AuditLine['detail']
}

const insertLine = `insert into tocsin.audit (at, editor_id, editor_name, act, item_id, alert_id, detail)
  values ($1, $2, $3, $4, $5, $6, $7)`
const selectLines = `select id, at, editor_id, editor_name, act, item_id, alert_id, detail from tocsin.audit
  where id < $1`

/**
 * Adds a line to the transaction of what it is about, and the messages of webhooks that want to hear of it. They are sent with
 * what is behind them, so that they cost no round trip.
 */
export function sendAct(statements: Pick<PostgresStatements, 'send'>, line: AuditLine): void {
  const { at, by, act, itemId, alertId, detail } = line
  statements.send(insertLine, at, by?.id ?? null, by?.name ?? null, act, itemId, alertId, JSON.stringify(detail))
  const event = eventOf(line)
  if (event !== null) sendEvent(statements, event)
}

const selectDeletion = `select at, editor_name as by from tocsin.audit
  where act = 'delete' and item_id = $1 and editor_name is not null order by id desc limit 1`

/** Who deleted an item, and when; null: nobody did. */
export async function deletionOf(
  statements: Pick<PostgresStatements, 'all'>,
  itemId: string,
): Promise<Deletion | null> {
  // The database's text has no NUL, so that no stored id has one either.
  if (itemId.includes('\0')) return null
  return (await statements.all<Deletion>(selectDeletion, itemId))[0] ?? null
}

/** Lines, newest first. */
export async function readAudit(
  statements: Pick<PostgresStatements, 'all'>,
  { limit, before = Number.MAX_SAFE_INTEGER, act, editorId, since }: AuditPart,
): Promise<readonly AuditEntry[]> {
  // The database's text has no NUL, so that no editor has one in their id.
  if (editorId?.includes('\0')) return []
  const filters = Object.entries({ 'act =': act, 'editor_id =': editorId, 'at >=': since }).filter(
    (filter): filter is [string, string] => filter[1] !== undefined,
  )
  const conditions = filters.map(([condition], nth) => ` and ${condition} $${nth + 3}`).join('')
  const statement = `${selectLines}${conditions} order by id desc limit $2`
  const rows = await statements.all<AuditRow>(statement, before, limit, ...filters.map(([, value]) => value))
  return rows.map((row) => ({
    ...{ id: row.id, at: row.at, act: row.act, itemId: row.item_id, alertId: row.alert_id, detail: row.detail },
    by: row.editor_id === null ? null : { id: row.editor_id, name: row.editor_name ?? '' },
  }))
}
