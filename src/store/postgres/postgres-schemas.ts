import { postgresMoveSchema } from '../move/postgres-move.ts'
import type { Schema } from '../sql.ts'
import { postgresAuditSchema } from './desk/postgres-audit-table.ts'
import { postgresItemSchema } from './desk/postgres-item-tables.ts'
import { postgresNoticeSchema } from './desk/postgres-notice-tables.ts'
import { postgresWebhookSchema } from './desk/postgres-webhook-tables.ts'
import { postgresLogSchema } from './log/postgres-log.ts'
import { postgresOutboxSchema } from './outbox/postgres-outbox-tables.ts'
import { postgresEditorSchema } from './postgres-editor-tables.ts'
import { postgresPauseSchema } from './postgres-pause.ts'
import { postgresProcessSchema } from './postgres-processes.ts'
import { postgresSubscriptionSchema } from './subscriptions/postgres-push-tables.ts'
import { postgresWebsubSchema } from './websub/postgres-websub-tables.ts'

/** The tables of every store on PostgreSQL, in the order in which they are made. */
export const postgresSchemas: readonly Schema[] = [
  postgresEditorSchema,
  postgresAuditSchema,
  postgresPauseSchema,
  postgresLogSchema,
  postgresItemSchema,
  postgresWebhookSchema,
  postgresNoticeSchema,
  postgresSubscriptionSchema,
  postgresOutboxSchema,
  postgresWebsubSchema,
  postgresProcessSchema,
  postgresMoveSchema,
]
