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
import { migrate, type Sql } from '../../sql.ts'
import { editorSchema } from '../sqlite-editors.ts'
import { auditSchema, noteAct } from './audit-table.ts'
import { noteNotice, noticeSchema } from './notice-tables.ts'
import { noteEvent, webhookSchema } from './webhook-tables.ts'

type Claim = Parameters<WebhookOutbox['claim']>[0]
type DueRow = {
  readonly n: number
  readonly id: string
  readonly webhook_id: string
  readonly event: string
  readonly subject: string
  readonly at: string
  readonly attempts: number
  readonly address: Uint8Array
  readonly secret: Uint8Array
  readonly former_secret: Uint8Array | null
  readonly former_until: string | null
}
type EndedRow = Record<'id' | 'name' | 'events' | 'audience', string>

/** Of those with the same oldest number SQLite gives the row of the minimum (https://sqlite.org/lang_select.html#bareagg). */
const selectDue = `select min(m.n) as n, m.id, m.webhook_id, m.event, m.subject, m.at, m.attempts,
    w.address, w.secret, w.former_secret, w.former_until
  from webhook_messages m join webhooks w on w.id = m.webhook_id and w.state = 'active'
  where m.state = 'waiting' and m.not_before_ms <= ?1 and m.lease_until_ms <= ?1
    and m.webhook_id not in (select value from json_each(?2)) group by m.webhook_id`
const selectNext = `select min(max(m.not_before_ms, m.lease_until_ms)) as next
  from webhook_messages m join webhooks w on w.id = m.webhook_id and w.state = 'active' where m.state = 'waiting'
    and m.webhook_id not in (select value from json_each(?))`
const lease = 'update webhook_messages set lease = ?, lease_until_ms = ? where n = ?'
const selectLeased = 'select 1 from webhook_messages where id = ? and lease = ?'
const deleteMessage = 'delete from webhook_messages where id = ?'
const retryMessage = `update webhook_messages set attempts = attempts + 1, not_before_ms = ?, lease = null,
  lease_until_ms = 0, detail = ? where id = ?`
const buryMessage = `update webhook_messages set attempts = attempts + 1, lease = null, lease_until_ms = 0, state = 'dead',
  detail = ?, died_at = ? where id = ?`
const buryAll = `update webhook_messages set lease = null, lease_until_ms = 0, state = 'dead', detail = ?, died_at = ?
  where webhook_id = ? and state = 'waiting'`
const endWebhook = `update webhooks set state = 'ended' where id = ? and state <> 'ended' returning id, name, events, audience`
const updateLast = 'update webhooks set last_at = ?, last_outcome = ?, last_detail = ? where id = ?'
const selectAlarm = 'select seen_ms from webhook_alarms where name = ?'
const upsertAlarm = `insert into webhook_alarms (name, seen_ms) values (?, ?)
  on conflict (name) do update set seen_ms = excluded.seen_ms`
const deleteAlarms = 'delete from webhook_alarms where seen_ms < ?'
const selectListening = `select 1 from webhooks where state <> 'ended' union all select 1 from editor_browsers limit 1`
const deleteOld = `delete from webhook_messages where state = 'dead' and (died_at < ?1
  or n <= (select n from webhook_messages where state = 'dead' order by n desc limit 1 offset ?2))`
const selectDead = `select 1 from webhook_messages where state = 'dead' limit 1`
const selectCounts = `select count(*) filter (where state = 'waiting') as waiting,
  count(*) filter (where state = 'dead') as dead from webhook_messages`

/** How often it is written down that an alarm is still there. */
const seenEveryMs = 60_000

/** The messages of webhooks in SQLite. */
export class SqliteWebhookOutbox implements WebhookOutbox {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
    for (const schema of [auditSchema, webhookSchema, editorSchema, noticeSchema]) migrate(sql, schema)
  }

  async claim({ lease: name, busy, leaseMs, now }: Claim) {
    const due = this.#due(now, busy)
    if (due.length === 0) return { messages: [], nextMs: this.#nextMs(now, busy) }
    const rows = await this.#write(() => {
      const present = this.#due(now, busy)
      for (const { n } of present) this.#sql.run(lease, name, now + leaseMs, n)
      return present
    })
    const messages = rows.map((row) => messageOf(row, name))
    return { messages, nextMs: this.#nextMs(now, [...busy, ...messages.map(({ webhookId }) => webhookId)]) }
  }

  #due(now: number, busy: readonly string[]): readonly DueRow[] {
    return this.#sql.all<DueRow>(selectDue, now, JSON.stringify(busy))
  }

  #nextMs(now: number, busy: readonly string[]): number | null {
    const next = this.#sql.all<{ next: number | null }>(selectNext, JSON.stringify(busy))[0]?.next ?? null
    return next === null ? null : Math.max(0, next - now)
  }

  async settle(
    { id, webhookId, lease: name }: Pick<LeasedMessage, 'id' | 'webhookId' | 'lease'>,
    outcome: WebhookOutcome,
    now: number,
  ): Promise<void> {
    const at = new Date(now).toISOString()
    await this.#write(() => {
      if (this.#sql.all(selectLeased, id, name).length === 0) return
      const { kind, detail } = outcome
      this.#sql.run(updateLast, at, kind === 'accepted' ? 'accepted' : 'failed', detail, webhookId)
      if (kind === 'accepted') this.#sql.run(deleteMessage, id)
      else if (kind === 'again') this.#sql.run(retryMessage, now + outcome.afterMs, detail, id)
      else this.#sql.run(buryMessage, detail, at, id)
      if (kind === 'ended') this.#end(webhookId, detail, at)
    })
  }

  #end(webhookId: string, detail: string, at: string): void {
    this.#sql.run(buryAll, detail, at, webhookId)
    for (const { id, name, events, audience } of this.#sql.all<EndedRow>(endWebhook, webhookId)) {
      const ended = { id, name, events: JSON.parse(events), audience, state: 'ended' } as StoredWebhook
      noteAct(this.#sql, webhookLine('webhook-ended', ended, null, at))
    }
  }

  async noteAlarms(alarms: readonly ToldAlarm[], quietMs: number, now: number): Promise<void> {
    if (alarms.length === 0 || !this.isListening()) return
    const named = new Map(alarms.map((alarm) => [JSON.stringify([alarm.kind, alarm.host, alarm.detail]), alarm]))
    const isStale = (name: string) => now - this.#seenMs(name) >= seenEveryMs
    if (![...named.keys()].some(isStale)) return
    await this.#write(() => {
      for (const [name, { kind, host, detail, at }] of named) {
        if (now - this.#seenMs(name) >= quietMs) {
          noteEvent(this.#sql, { event: 'alarm', at, audience: null, subject: { kind, host, detail, at } })
          noteNotice(this.#sql, alarmNotice(new Date(now).toISOString()))
        }
        this.#sql.run(upsertAlarm, name, now)
      }
      this.#sql.run(deleteAlarms, now - quietMs)
    })
  }

  /** Whether anybody would be told of an alarm. */
  isListening(): boolean {
    return this.#sql.all(selectListening).length > 0
  }

  #seenMs(name: string): number {
    return this.#sql.all<{ seen_ms: number }>(selectAlarm, name)[0]?.seen_ms ?? Number.NEGATIVE_INFINITY
  }

  async prune({ keptMs, most }: { readonly keptMs: number; readonly most: number }, now: number): Promise<void> {
    if (this.#sql.all(selectDead).length === 0) return
    await this.#write(() => this.#sql.run(deleteOld, new Date(now - keptMs).toISOString(), most))
  }

  async counts(): Promise<WebhookCounts> {
    return this.#sql.all<{ waiting: number; dead: number }>(selectCounts)[0] ?? { waiting: 0, dead: 0 }
  }

  #write<Result>(act: () => Result): Promise<Result> {
    return this.#sql.retryBusy(() => this.#sql.transaction(act))
  }
}

function messageOf(row: DueRow, lease: string): LeasedMessage {
  return {
    ...{ id: row.id, webhookId: row.webhook_id, at: row.at, attempts: row.attempts, lease },
    ...{ event: row.event as LeasedMessage['event'], subject: JSON.parse(row.subject) },
    ...{ address: row.address, secret: row.secret, former: row.former_secret, formerUntil: row.former_until },
  }
}
