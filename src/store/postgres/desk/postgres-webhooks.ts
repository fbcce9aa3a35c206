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
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import { authorise } from '../postgres-editors.ts'
import { sendAct } from './postgres-audit-table.ts'
import { madeBefore } from './postgres-keyed-requests.ts'

type WebhookRow = {
  readonly id: string
  readonly name: string
  readonly events: readonly string[]
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
const selectWebhooks = `select ${columns} from tocsin.webhooks order by created_at, id`
const selectWebhook = `select ${columns} from tocsin.webhooks where id = $1 for no key update`
const lockWebhooks = 'lock table tocsin.webhooks in share row exclusive mode'
const selectCount = 'select count(*) as count from tocsin.webhooks'
const insertWebhook = `insert into tocsin.webhooks (id, name, events, audience, state, address, secret, created_at,
  editor_id, editor_name) values ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9) returning ${columns}`
const updateWebhook = `update tocsin.webhooks set name = $2, events = $3, audience = $4, state = $5, address = $6
  where id = $1 returning ${columns}`
const updateSecret = `update tocsin.webhooks set former_secret = $2, former_until = $3, secret = $4 where id = $1
  returning ${columns}`
const deleteMessages = 'delete from tocsin.webhook_messages where webhook_id = $1'
const deleteWebhook = `delete from tocsin.webhooks where id = $1 returning ${columns}`
const selectDead = `select id, webhook_id, event, at, died_at, attempts, detail from tocsin.webhook_messages
  where state = 'dead' and ($1::text is null or webhook_id = $1::text)
    and n < coalesce((select n from tocsin.webhook_messages where id = $2::text), $3) order by n desc limit $4`
const replayDead = `update tocsin.webhook_messages
  set state = 'waiting', attempts = 0, not_before = to_timestamp(0), died_at = null
  where state = 'dead' and ($1::text is null or id = $1::text) and ($2::text is null or webhook_id = $2::text)
  and webhook_id in (select id from tocsin.webhooks where state <> 'ended')`
/** The ended webhook that dead letters are of. */
const selectEnded = `select id, name from tocsin.webhooks where state = 'ended' and (id = $2::text or exists
  (select 1 from tocsin.webhook_messages m where m.id = $1::text and m.state = 'dead' and m.webhook_id = webhooks.id))`

/** Webhooks in PostgreSQL. */
export class PostgresWebhooks implements WebhookStore, DeadLetterStore {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  async add(webhook: NewWebhook, by: Authority, most: number, request?: KeyedRequest): Promise<StoredWebhook | null> {
    const { id, name, events, audience, address, secret, createdAt } = webhook
    return this.#write(by, async (statements, editor) => {
      statements.send(lockWebhooks)
      const before = await madeBefore(statements, request, by, id)
      if (before !== null) return readWebhook(statements, before)
      const [row] = await statements.all<{ count: number }>(selectCount)
      if ((row?.count ?? 0) >= most) throw tooManyWebhooks(most)
      const values = [id, name, events, audience, address, secret, createdAt, editor.id, editor.name] as const
      const [made] = await statements.all<WebhookRow>(insertWebhook, ...values)
      if (made === undefined) throw new Error('a webhook that was added is there')
      return noted(statements, 'webhook-made', made, editor, createdAt)
    })
  }

  async list(): Promise<readonly StoredWebhook[]> {
    return (await this.#database.all<WebhookRow>(selectWebhooks)).map(webhookOf)
  }

  async change(id: string, change: WebhookChange, by: Authority): Promise<StoredWebhook | null> {
    const { name, events, audience, state, address } = change
    return this.#one(id, 'webhook-changed', by, updateWebhook, [name, events, audience, state, address])
  }

  async rotate(
    id: string,
    { secret, former, formerUntil, replaces }: NewSecret,
    by: Authority,
    request?: KeyedRequest,
  ): Promise<StoredWebhook | 'replaced' | null> {
    if (id.includes('\0')) return null
    return this.#write(by, async (statements, editor) => {
      const present = await readWebhook(statements, id)
      if (present === null) return null
      if (toBase64url(present.secret) !== toBase64url(replaces)) return 'replaced'
      // An id of the secret: that of the webhook would be the same again.
      if ((await madeBefore(statements, request, by, `${id} ${crypto.randomUUID()}`)) !== null)
        return readWebhook(statements, id)
      if (former === null) throw tooManySecrets()
      const [row] = await statements.all<WebhookRow>(updateSecret, id, former, formerUntil, secret)
      return row === undefined ? null : noted(statements, 'webhook-secret-made', row, editor, by.at)
    })
  }

  async remove(id: string, by: Authority): Promise<boolean> {
    return (await this.#one(id, 'webhook-deleted', by, deleteWebhook, [], deleteMessages)) !== null
  }

  async deadLetters({ limit, webhookId, before }: DeadLetterPart): Promise<readonly DeadLetter[]> {
    // The database's text has no NUL, so that no stored id has one either.
    const ids = [webhookId, before].map((id) => id?.replaceAll('\0', '') ?? null)
    const rows = await this.#database.all<DeadLetterRow>(selectDead, ...ids, Number.MAX_SAFE_INTEGER, limit)
    return rows.map(deadLetterOf)
  }

  async replay(which: ReplayPart, by: Authority): Promise<number> {
    const messageId = 'messageId' in which ? which.messageId.replaceAll('\0', '') : null
    const webhookId = 'webhookId' in which ? which.webhookId.replaceAll('\0', '') : null
    return this.#write(by, async (statements, editor) => {
      const [ended] = await statements.all<{ id: string; name: string }>(selectEnded, messageId, webhookId)
      if (ended !== undefined) throw webhookEnded(ended)
      const replayed = await statements.run(replayDead, messageId, webhookId)
      if (replayed > 0)
        sendAct(statements, deskLine('webhook-replayed', by.at, editor, { messageId, webhookId, replayed }))
      return replayed
    })
  }

  async #one(
    id: string,
    act: Parameters<typeof webhookLine>[0],
    by: Authority,
    statement: string,
    values: readonly (string | Uint8Array | readonly string[])[],
    before?: string,
  ): Promise<StoredWebhook | null> {
    if (id.includes('\0')) return null
    return this.#write(by, async (statements, editor) => {
      if (before !== undefined) await statements.run(before, id)
      const [row] = await statements.all<WebhookRow>(statement, id, ...values)
      return row === undefined ? null : noted(statements, act, row, editor, by.at)
    })
  }

  #write<Result>(
    by: Authority,
    act: (statements: PostgresStatements, editor: Editor) => Promise<Result>,
  ): Promise<Result> {
    return this.#database.transaction(async (statements) => act(statements, await authorise(statements, by)))
  }
}

async function readWebhook(statements: Pick<PostgresStatements, 'all'>, id: string): Promise<StoredWebhook | null> {
  const [row] = await statements.all<WebhookRow>(selectWebhook, id)
  return row === undefined ? null : webhookOf(row)
}

function noted(
  statements: PostgresStatements,
  act: Parameters<typeof webhookLine>[0],
  row: WebhookRow,
  editor: Editor,
  at: string,
): StoredWebhook {
  const webhook = webhookOf(row)
  sendAct(statements, webhookLine(act, webhook, editor, at))
  return webhook
}

function webhookOf(row: WebhookRow): StoredWebhook {
  return {
    ...{ id: row.id, name: row.name, events: row.events, audience: row.audience, state: row.state },
    ...{ createdAt: row.created_at, createdBy: { id: row.editor_id, name: row.editor_name } },
    formerSecretUntil: row.former_until,
    last: row.last_at === null ? null : { at: row.last_at, outcome: row.last_outcome, detail: row.last_detail },
    ...{ address: row.address, secret: row.secret, former: row.former_secret },
  } as StoredWebhook
}
