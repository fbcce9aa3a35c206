import type { Authority, Editor } from '../../../auth/editor.ts'
import type { KeyedRequest } from '../../../auth/keyed-request.ts'
import { deskLine } from '../../../desk/audit.ts'
import type { DeadLetter, StoredWebhook } from '../../../desk/webhooks/webhook.ts'
import { tooManySecrets, tooManyWebhooks, webhookEnded, webhookLine } from '../../../desk/webhooks/webhook-line.ts'
import type {
  DeadLetterPart,
  DeadLetterStore,
  NewSecret,
  NewWebhook,
  ReplayPart,
  WebhookChange,
  WebhookStore,
} from '../../../desk/webhooks/webhook-store.ts'
import { toBase64url } from '../../../domain/parsing/base64url.ts'
import { type DeadLetterRow, deadLetterOf } from '../../dead-letter-row.ts'
import { migrate, type Sql } from '../../sql.ts'
import { authorise, editorSchema } from '../sqlite-editors.ts'
import { auditSchema, noteAct } from './audit-table.ts'
import { madeBefore } from './keyed-requests.ts'
import { webhookSchema } from './webhook-tables.ts'

type WebhookRow = {
  readonly id: string
  readonly name: string
  readonly events: string
  readonly audience: string
  readonly state: string
  readonly address: Uint8Array
  readonly secret: Uint8Array
  readonly former_secret: Uint8Array | null
  readonly former_until: string | null
  readonly created_at: string
  readonly editor_id: string
  readonly editor_name: string
  readonly last_at: string | null
  readonly last_outcome: string | null
  readonly last_detail: string | null
}

const columns = `id, name, events, audience, state, address, secret, former_secret, former_until, created_at,
  editor_id, editor_name, last_at, last_outcome, last_detail`
const selectWebhooks = `select ${columns} from webhooks order by created_at, id`
const selectWebhook = `select ${columns} from webhooks where id = ?`
const selectCount = 'select count(*) as count from webhooks'
const insertWebhook = `insert into webhooks (id, name, events, audience, state, address, secret, created_at, editor_id,
  editor_name) values (?, ?, ?, ?, 'active', ?, ?, ?, ?, ?)`
const updateWebhook = 'update webhooks set name = ?, events = ?, audience = ?, state = ?, address = ? where id = ?'
const updateSecret = 'update webhooks set former_secret = ?, former_until = ?, secret = ? where id = ?'
const deleteWebhook = 'delete from webhooks where id = ?'
const deleteMessages = 'delete from webhook_messages where webhook_id = ?'
const selectDead = `select id, webhook_id, event, at, died_at, attempts, detail from webhook_messages
  where state = 'dead' and (?1 is null or webhook_id = ?1)
    and n < coalesce((select n from webhook_messages where id = ?2), ?3) order by n desc limit ?4`
const replayDead = `update webhook_messages set state = 'waiting', attempts = 0, not_before_ms = 0, died_at = null
  where state = 'dead' and (?1 is null or id = ?1) and (?2 is null or webhook_id = ?2)
  and webhook_id in (select id from webhooks where state <> 'ended')`
/** The ended webhook that dead letters are of. */
const selectEnded = `select id, name from webhooks where state = 'ended' and (id = ?2 or exists
  (select 1 from webhook_messages m where m.id = ?1 and m.state = 'dead' and m.webhook_id = webhooks.id))`

/** Webhooks in SQLite. */
export class SqliteWebhooks implements WebhookStore, DeadLetterStore {
  readonly #sql: Sql
  readonly #listeners = new Set<() => void>()

  constructor(sql: Sql) {
    this.#sql = sql
    for (const schema of [editorSchema, auditSchema, webhookSchema]) migrate(sql, schema)
  }

  async add(webhook: NewWebhook, by: Authority, most: number, request?: KeyedRequest): Promise<StoredWebhook | null> {
    const { id, name, events, audience, address, secret, createdAt } = webhook
    return this.#write(by, (editor) => {
      const before = madeBefore(this.#sql, request, by, id)
      if (before !== null) return this.#read(before)
      if ((this.#sql.all<{ count: number }>(selectCount)[0]?.count ?? 0) >= most) throw tooManyWebhooks(most)
      const author = [editor.id, editor.name] as const
      this.#sql.run(insertWebhook, id, name, JSON.stringify(events), audience, address, secret, createdAt, ...author)
      return this.#noted('webhook-made', id, editor, createdAt)
    })
  }

  async list(): Promise<readonly StoredWebhook[]> {
    return this.#sql.all<WebhookRow>(selectWebhooks).map(webhookOf)
  }

  async change(id: string, change: WebhookChange, by: Authority): Promise<StoredWebhook | null> {
    const { name, events, audience, state, address } = change
    return this.#write(by, (editor) => {
      const changed = this.#sql.run(updateWebhook, name, JSON.stringify(events), audience, state, address, id)
      return changed === 0 ? null : this.#noted('webhook-changed', id, editor, by.at)
    })
  }

  async rotate(
    id: string,
    { secret, former, formerUntil, replaces }: NewSecret,
    by: Authority,
    request?: KeyedRequest,
  ): Promise<StoredWebhook | 'replaced' | null> {
    return this.#write(by, (editor) => {
      const present = this.#read(id)
      if (present === null) return null
      if (toBase64url(present.secret) !== toBase64url(replaces)) return 'replaced'
      if (madeBefore(this.#sql, request, by, id) !== null) return this.#read(id)
      if (former === null) throw tooManySecrets()
      const changed = this.#sql.run(updateSecret, former, formerUntil, secret, id)
      return changed === 0 ? null : this.#noted('webhook-secret-made', id, editor, by.at)
    })
  }

  async remove(id: string, by: Authority): Promise<boolean> {
    return this.#write(by, (editor) => {
      if (this.#read(id) === null) return false
      this.#noted('webhook-deleted', id, editor, by.at)
      this.#sql.run(deleteMessages, id)
      this.#sql.run(deleteWebhook, id)
      return true
    })
  }

  async deadLetters({ limit, webhookId, before }: DeadLetterPart): Promise<readonly DeadLetter[]> {
    const from = Number.MAX_SAFE_INTEGER
    return this.#sql.all<DeadLetterRow>(selectDead, webhookId ?? null, before ?? null, from, limit).map(deadLetterOf)
  }

  async replay(which: ReplayPart, by: Authority): Promise<number> {
    const messageId = 'messageId' in which ? which.messageId : null
    const webhookId = 'webhookId' in which ? which.webhookId : null
    const count = await this.#write(by, (editor) => {
      const [ended] = this.#sql.all<{ id: string; name: string }>(selectEnded, messageId, webhookId)
      if (ended !== undefined) throw webhookEnded(ended)
      const replayed = this.#sql.run(replayDead, messageId, webhookId)
      if (replayed > 0)
        noteAct(this.#sql, deskLine('webhook-replayed', by.at, editor, { messageId, webhookId, replayed }))
      return replayed
    })
    for (const listener of this.#listeners) listener()
    return count
  }

  /** Calls `listener` when messages were made due through this store. */
  onReplay(listener: () => void): void {
    this.#listeners.add(listener)
  }

  #write<Result>(by: Authority, act: (editor: Editor) => Result): Promise<Result> {
    return this.#sql.retryBusy(() => this.#sql.transaction(() => act(authorise(this.#sql, by))))
  }

  #noted(act: Parameters<typeof webhookLine>[0], id: string, editor: Editor, at: string): StoredWebhook {
    const webhook = this.#read(id)
    if (webhook === null) throw new Error('a webhook that was written is there')
    noteAct(this.#sql, webhookLine(act, webhook, editor, at))
    return webhook
  }

  #read(id: string): StoredWebhook | null {
    const [row] = this.#sql.all<WebhookRow>(selectWebhook, id)
    return row === undefined ? null : webhookOf(row)
  }
}

function webhookOf(row: WebhookRow): StoredWebhook {
  return {
    ...{ id: row.id, name: row.name, events: JSON.parse(row.events), audience: row.audience, state: row.state },
    ...{ createdAt: row.created_at, createdBy: { id: row.editor_id, name: row.editor_name } },
    formerSecretUntil: row.former_until,
    last: row.last_at === null ? null : { at: row.last_at, outcome: row.last_outcome, detail: row.last_detail },
    ...{ address: row.address, secret: row.secret, former: row.former_secret },
  } as StoredWebhook
}
