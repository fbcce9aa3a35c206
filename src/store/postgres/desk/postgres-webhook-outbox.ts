import type { StoredWebhook } from '../../../desk/webhooks/webhook.ts'
import { webhookLine } from '../../../desk/webhooks/webhook-line.ts'
import type {
  LeasedMessage,
  ToldAlarm,
  WebhookCounts,
  WebhookOutbox,
  WebhookOutcome,
} from '../../../desk/webhooks/webhook-outbox.ts'
import { alarmNotice } from '../../../push/editors/notice.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import { sendAct } from './postgres-audit-table.ts'
import { sendNotice } from './postgres-notice-tables.ts'
import { sendEvent } from './postgres-webhook-tables.ts'

type Claim = Parameters<WebhookOutbox['claim']>[0]
type DueRow = {
  readonly id: string
  readonly webhook_id: string
  readonly event: LeasedMessage['event']
  readonly subject: LeasedMessage['subject']
  readonly at: string
  readonly attempts: number
  readonly address: Uint8Array
  readonly secret: Uint8Array
  readonly former_secret: Uint8Array | null
  readonly former_until: string | null
}

/** The present time; the first value is null, or the time of a test. */
const now = 'coalesce($1::timestamptz, clock_timestamp())'
const isDue = (message: string) => `${message}.state = 'waiting' and ${message}.not_before <= ${now}
  and coalesce(${message}.lease_until, to_timestamp(0)) <= ${now}`
const isActive = `exists (select 1 from tocsin.webhooks w where w.id = m.webhook_id and w.state = 'active')`
const selectNext = `select extract(epoch from min(greatest(m.not_before, m.lease_until)) - ${now})::float8 * 1000 as next
  from tocsin.webhook_messages m where m.state = 'waiting' and m.webhook_id <> all($2::text[]) and ${isActive}`
/** A row that another node has leased meanwhile is read again before it is locked, and is due no more. */
const claimDue = `with due as (
    select m.n from tocsin.webhook_messages m where ${isDue('m')} and m.webhook_id <> all($2::text[]) and ${isActive}
      and not exists (select 1 from tocsin.webhook_messages older
        where older.webhook_id = m.webhook_id and older.n < m.n and ${isDue('older')})
    for update skip locked)
  update tocsin.webhook_messages leased set lease = $3, lease_until = ${now} + make_interval(secs => $4)
  from due, tocsin.webhooks w where leased.n = due.n and w.id = leased.webhook_id
  returning leased.id, leased.webhook_id, leased.event, leased.subject, leased.at, leased.attempts,
    w.address, w.secret, w.former_secret, w.former_until`
const selectLeased = `select ${now} as now from tocsin.webhook_messages where id = $2 and lease = $3 for update`
const deleteMessage = 'delete from tocsin.webhook_messages where id = $1'
const retryMessage = `update tocsin.webhook_messages set attempts = attempts + 1, lease = null, lease_until = null,
  not_before = $2::timestamptz + make_interval(secs => $3), detail = $4 where id = $1`
const buryMessage = `update tocsin.webhook_messages set attempts = attempts + 1, lease = null, lease_until = null,
  state = 'dead', detail = $2, died_at = $3 where id = $1`
const buryAll = `update tocsin.webhook_messages set lease = null, lease_until = null, state = 'dead', detail = $2,
  died_at = $3 where webhook_id = $1 and state = 'waiting'`
const endWebhook = `update tocsin.webhooks set state = 'ended' where id = $1 and state <> 'ended'
  returning id, name, events, audience, state`
const updateLast = 'update tocsin.webhooks set last_at = $2, last_outcome = $3, last_detail = $4 where id = $1'
const selectFresh = `select name from tocsin.webhook_alarms where name = any($2::text[])
  and seen_at > ${now} - make_interval(secs => $3)`
const selectListening = `select 1 from tocsin.webhooks where state <> 'ended'
  union all select 1 from tocsin.editor_browsers limit 1`
/** Gives a row where the alarm is new, or was away for so long. */
const noteAlarm = `insert into tocsin.webhook_alarms as known (name, seen_at) values ($2, ${now})
  on conflict (name) do update set seen_at = excluded.seen_at
  where known.seen_at <= excluded.seen_at - make_interval(secs => $3) returning name`
const touchAlarm = `update tocsin.webhook_alarms set seen_at = ${now} where name = $2`
const deleteAlarms = `delete from tocsin.webhook_alarms where seen_at < ${now} - make_interval(secs => $2)`
/** Besides old ones those whose webhook was deleted while they were made. */
const deleteOld = `delete from tocsin.webhook_messages m where
  not exists (select 1 from tocsin.webhooks w where w.id = m.webhook_id)
  or m.state = 'dead' and (m.died_at < ${now} - make_interval(secs => $2)
    or m.n <= (select n from tocsin.webhook_messages where state = 'dead' order by n desc limit 1 offset $3))`
const selectAny = 'select 1 from tocsin.webhook_messages limit 1'
const selectCounts = `select count(*) filter (where state = 'waiting') as waiting,
  count(*) filter (where state = 'dead') as dead from tocsin.webhook_messages`

/** How often it is written down that an alarm is still there, in seconds. */
const seenEverySeconds = 60

/** `clock`: whose time counts; tests give times with their calls. */
type Options = { readonly clock?: 'database' | 'request' }

/** The messages of webhooks in PostgreSQL, sent by any node. */
export class PostgresWebhookOutbox implements WebhookOutbox {
  readonly #database: PostgresDatabase
  readonly #clock: 'database' | 'request'

  constructor(database: PostgresDatabase, { clock = 'database' }: Options = {}) {
    this.#database = database
    this.#clock = clock
  }

  async claim({ lease, busy, leaseMs, now }: Claim) {
    const next = await this.#nextMs(now, busy)
    if (next === null || next > 0) return { messages: [], nextMs: next }
    const rows = await this.#database.transaction((statements) =>
      statements.all<DueRow>(claimDue, this.#time(now), busy, lease, leaseMs / 1_000),
    )
    const messages = rows.map((it) => messageOf(it, lease))
    return { messages, nextMs: await this.#nextMs(now, [...busy, ...messages.map(({ webhookId }) => webhookId)]) }
  }

  async #nextMs(now: number, busy: readonly string[]): Promise<number | null> {
    const [row] = await this.#database.all<{ next: number | null }>(selectNext, this.#time(now), busy)
    const next = row?.next ?? null
    return next === null ? null : Math.max(0, Math.ceil(next))
  }

  async settle(
    { id, webhookId, lease }: Pick<LeasedMessage, 'id' | 'webhookId' | 'lease'>,
    outcome: WebhookOutcome,
    now: number,
  ): Promise<void> {
    const { kind, detail } = outcome
    const settle = async (statements: PostgresStatements) => {
      const [leased] = await statements.all<{ now: string }>(selectLeased, this.#time(now), id, lease)
      if (leased === undefined) return
      const at = leased.now
      if (kind === 'accepted') await statements.run(deleteMessage, id)
      else if (kind === 'again') await statements.run(retryMessage, id, at, outcome.afterMs / 1_000, detail)
      else await statements.run(buryMessage, id, detail, at)
      if (kind === 'ended') await end(statements, webhookId, detail, at)
      statements.send(updateLast, webhookId, at, kind === 'accepted' ? 'accepted' : 'failed', detail)
    }
    // A second time its lease is not there any more.
    await this.#database.transaction(settle, { isIdempotent: true })
  }

  async noteAlarms(alarms: readonly ToldAlarm[], quietMs: number, now: number): Promise<void> {
    if (alarms.length === 0 || (await this.#database.all(selectListening)).length === 0) return
    const named = new Map(alarms.map((alarm) => [JSON.stringify([alarm.kind, alarm.host, alarm.detail]), alarm]))
    const time = this.#time(now)
    const fresh = await this.#database.all(selectFresh, time, [...named.keys()], seenEverySeconds)
    if (fresh.length === named.size) return
    await this.#database.transaction(async (statements) => {
      // In one order everywhere: nodes that note the same alarms wait for each other, and never in a circle.
      for (const [name, { kind, host, detail, at }] of [...named].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const isNew = (await statements.all(noteAlarm, time, name, quietMs / 1_000)).length > 0
        if (isNew) {
          sendEvent(statements, { event: 'alarm', at, audience: null, subject: { kind, host, detail, at } })
          await sendNotice(statements, alarmNotice(new Date(now).toISOString()))
        } else await statements.run(touchAlarm, time, name)
      }
      statements.send(deleteAlarms, time, quietMs / 1_000)
    })
  }

  async prune({ keptMs, most }: { readonly keptMs: number; readonly most: number }, now: number): Promise<void> {
    if ((await this.#database.all(selectAny)).length === 0) return
    const values = [this.#time(now), keptMs / 1_000, most] as const
    await this.#database.transaction((statements) => statements.run(deleteOld, ...values), { isIdempotent: true })
  }

  async counts(): Promise<WebhookCounts> {
    return (await this.#database.all<WebhookCounts>(selectCounts))[0] ?? { waiting: 0, dead: 0 }
  }

  #time(now: number): string | null {
    return this.#clock === 'request' ? new Date(now).toISOString() : null
  }
}

async function end(statements: PostgresStatements, webhookId: string, detail: string, at: string): Promise<void> {
  await statements.run(buryAll, webhookId, detail, at)
  for (const webhook of await statements.all<StoredWebhook>(endWebhook, webhookId))
    sendAct(statements, webhookLine('webhook-ended', webhook, null, at))
}

function messageOf(row: DueRow, lease: string): LeasedMessage {
  const { id, webhook_id, event, subject, at, attempts } = row
  const target = { address: row.address, secret: row.secret, former: row.former_secret, formerUntil: row.former_until }
  return { id, webhookId: webhook_id, event, subject, at, attempts, lease, ...target }
}
