import type { AuditEntry, AuditLine, AuditPart } from '../../../desk/audit.ts'
import type { Deletion } from '../../../desk/items/item.ts'
import { eventOf } from '../../../desk/webhooks/webhook-event.ts'
import type { Schema, Sql, SqlValue } from '../../sql.ts'
import { noteEvent, webhookSchema } from './webhook-tables.ts'

/** The audit log. Every store of this database adds its lines to it, in the transaction of what they are about. */
export const auditSchema: Schema = {
  store: 'audit',
  steps: [
    `create table if not exists audit (
       id integer primary key,
       at text not null,
       editor_id text,
       editor_name text,
       act text not null,
       item_id text,
       alert_id text,
       detail text not null
     ) strict;
     create index if not exists audit_by_act on audit (act, id);
     create index if not exists audit_by_editor on audit (editor_id, id) where editor_id is not null`,
  ],
}

/** The audit log, and the messages that some of its lines are told by. */
export const auditSchemas: readonly Schema[] = [auditSchema, webhookSchema]

type AuditRow = {
  readonly id: number
  readonly at: string
  readonly editor_id: string | null
  readonly editor_name: string | null
  readonly act: string
  readonly item_id: string | null
  readonly alert_id: string | null
  readonly detail: string
}

const insertLine = `insert into audit (at, editor_id, editor_name, act, item_id, alert_id, detail)
  values (?, ?, ?, ?, ?, ?, ?)`
const selectLines = 'select id, at, editor_id, editor_name, act, item_id, alert_id, detail from audit where id < ?'

/**
 * Adds a line, and the messages of webhooks that want to hear of it. To be called inside the transaction of what it is about,
 * in a database that has `auditSchema`; where alerts are published and items submitted, all of `auditSchemas`.
 */
export function noteAct(sql: Pick<Sql, 'run'>, line: AuditLine): void {
  const { at, by, act, itemId, alertId, detail } = line
  sql.run(insertLine, at, by?.id ?? null, by?.name ?? null, act, itemId, alertId, JSON.stringify(detail))
  const event = eventOf(line)
  if (event !== null) noteEvent(sql, event)
}

const selectDeletion = `select at, editor_name as by from audit where act = 'delete' and item_id = ? and editor_name is not null
  order by id desc limit 1`

/** Who deleted an item, and when; null: nobody did. */
export function deletionOf(sql: Pick<Sql, 'all'>, itemId: string): Deletion | null {
  return sql.all<Deletion>(selectDeletion, itemId)[0] ?? null
}

/** Lines, newest first. */
export function readAudit(sql: Pick<Sql, 'all'>, part: AuditPart): readonly AuditEntry[] {
  const { limit, before = Number.MAX_SAFE_INTEGER, act, editorId, since } = part
  const filters = Object.entries({ 'act = ?': act, 'editor_id = ?': editorId, 'at >= ?': since }).filter(
    (filter): filter is [string, string] => filter[1] !== undefined,
  )
  const statement = [selectLines, ...filters.map(([condition]) => condition)].join(' and ')
  const values: readonly SqlValue[] = [before, ...filters.map(([, value]) => value), limit]
  return sql.all<AuditRow>(`${statement} order by id desc limit ?`, ...values).map((row) => ({
    ...{ id: row.id, at: row.at, act: row.act, itemId: row.item_id, alertId: row.alert_id },
    by: row.editor_id === null ? null : { id: row.editor_id, name: row.editor_name ?? '' },
    detail: JSON.parse(row.detail),
  }))
}
