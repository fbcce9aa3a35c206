import type { Authority } from '../../../auth/editor.ts'
import {
  type AuditEntry,
  type AuditLine,
  type AuditLog,
  type AuditPart,
  type DeskAct,
  deskLine,
} from '../../../desk/audit.ts'
import type { PostgresDatabase } from '../postgres-database.ts'
import { authorise } from '../postgres-editors.ts'
import { readAudit, sendAct } from './postgres-audit-table.ts'

/** The audit log in PostgreSQL. */
export class PostgresAudit implements AuditLog {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  async note(act: DeskAct, detail: AuditLine['detail'], by: Authority): Promise<void> {
    await this.#database.transaction(async (statements) => {
      sendAct(statements, deskLine(act, by.at, await authorise(statements, by), detail))
    })
  }

  async read(part: AuditPart): Promise<readonly AuditEntry[]> {
    return readAudit(this.#database, part)
  }
}
