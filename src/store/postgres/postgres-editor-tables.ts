import type { Editor, Role } from '../../auth/editor.ts'
import { type AuditLine, deskLine } from '../../desk/audit.ts'
import type { Level } from '../../domain/alert-types.ts'
import type { Schema } from '../sql.ts'
import { sendAct } from './desk/postgres-audit-table.ts'
import { postgresKeyedRequestsStep } from './desk/postgres-keyed-requests.ts'
import type { PostgresStatements } from './postgres-database.ts'
import { postgresSessionStep } from './postgres-sessions.ts'

/** Editors' keys and their sessions. Other stores look up here on whose authority a write is made. */
export const postgresEditorSchema: Schema = {
  store: 'editors',
  steps: [
    `create table tocsin.editors (
       id text collate "C" primary key,
       name text not null,
       role text not null,
       key_hash text collate "C" not null unique,
       created_at timestamptz not null,
       revoked_at timestamptz
     );
     create table tocsin.sessions (
       token_hash text collate "C" primary key,
       editor_id text collate "C" not null references tocsin.editors (id),
       until timestamptz not null,
       origin text
     );
     create index sessions_of_editor on tocsin.sessions (editor_id)`,
    `${postgresSessionStep};
     alter table tocsin.editors add column levels text[], add column used_on text collate "C"`,
    'alter table tocsin.editors add column expires_at timestamptz',
    postgresKeyedRequestsStep,
  ],
}

/** An editor's row. */
export type EditorRow = {
  id: string
  name: string
  role: Role
  created_at: string
  levels: readonly Level[] | null
  expires_at: string | null
}

/** The columns of an `EditorRow`. */
export const columns = 'editors.id, editors.name, editors.role, editors.created_at, editors.levels, editors.expires_at'
/** Whether a key is valid at the time that is the second value. */
export const isActive = 'revoked_at is null and (expires_at is null or expires_at > $2)'
const insertRow = `insert into tocsin.editors (id, name, role, key_hash, created_at, levels, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7) on conflict (key_hash) do nothing`

/** Adds an editor. `by`: null for the operator. */
export async function insertEditor(
  statements: PostgresStatements,
  { id, name, role, createdAt, levels, expiresAt }: Editor,
  keyHash: string,
  by: AuditLine['by'],
): Promise<void> {
  // Repeated after an answer that was lost, it adds nothing, and no line either.
  const limits = [levels ?? null, expiresAt ?? null] as const
  if ((await statements.run(insertRow, id, name, role, keyHash, createdAt, ...limits)) === 0) return
  sendAct(statements, deskLine('key-made', createdAt, by, { editor: { id, name, role, levels, expiresAt } }))
}

export function editorOf({ id, name, role, created_at, levels, expires_at }: EditorRow): Editor {
  return {
    ...{ id, name, role, createdAt: created_at },
    ...(levels === null ? {} : { levels }),
    ...(expires_at === null ? {} : { expiresAt: expires_at }),
  }
}
