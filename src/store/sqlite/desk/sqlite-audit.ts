import type { Authority } from '../../../auth/editor.ts'
import {
  type AuditEntry,
  type AuditLine,
  type AuditLog,
  type AuditPart,
  type DeskAct,
  deskLine,
} from '../../../desk/audit.ts'
import { migrate, type Sql } from '../../sql.ts'
import { authorise, editorSchema } from '../sqlite-editors.ts'
import { auditSchema, noteAct, readAudit } from './audit-table.ts'

/** The audit log in SQLite. */
export class SqliteAudit implements AuditLog {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
    for (const schema of [editorSchema, auditSchema]) migrate(sql, schema)
  }

  async note(act: DeskAct, detail: AuditLine['detail'], by: Authority): Promise<void> {
    await this.#sql.retryBusy(() =>
      this.#sql.transaction(() => noteAct(this.#sql, deskLine(act, by.at, authorise(this.#sql, by), detail))),
    )
  }

  async read(part: AuditPart): Promise<readonly AuditEntry[]> {
    return readAudit(this.#sql, part)
  }
}
