import type { Authority } from '../../../auth/editor.ts'
import { deskLine } from '../../../desk/audit.ts'
import type { Seq } from '../../../log/log.ts'
import type { Sql } from '../../sql.ts'
import { authorise } from '../sqlite-editors.ts'
import { newestSeqOf } from '../sqlite-log.ts'
import { noteAct } from './audit-table.ts'

/**
 * Up to which entry an editor stops the pushes of an alert, with the line of the audit log; null: there is no such alert. To
 * be called inside the transaction that stops them. Throws a Problem (401, 403).
 */
export function authorisedStop(sql: Sql, alertId: string, by: Authority): Seq | null {
  const editor = authorise(sql, by)
  const newest = newestSeqOf(sql, alertId)
  if (newest !== null) noteAct(sql, deskLine('pushes-stopped', by.at, editor, { through: newest }, alertId))
  return newest
}
