import { v7 as uuidv7 } from 'uuid'
import type { AuditLog } from '../../desk/audit.ts'
import { WebhookDispatcher } from '../../desk/webhooks/dispatcher.ts'
import { Webhooks } from '../../desk/webhooks/webhooks.ts'
import { TextEncryption } from '../../push/crypto/text-encryption.ts'
import { type Alarm, PushAlarm } from '../../push/outbox/alarms.ts'
import type { Sql } from '../../store/sql.ts'
import { SqliteWebhookOutbox } from '../../store/sqlite/desk/sqlite-webhook-outbox.ts'
import { SqliteWebhooks } from '../../store/sqlite/desk/sqlite-webhooks.ts'
import type { SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import type { Env } from '../env.ts'
import { localHostsOf } from '../worker-settings.ts'
import { SendingDuty, type SendingDutyDeps } from './sending-duty.ts'
import { fetchWebhookSend } from './webhook-fetch.ts'

/** How often alarms are looked at while somebody would be told of them, in milliseconds: each look wakes the object. */
const alarmsMs = 60_000

type Deps = SendingDutyDeps & {
  /** Called after each look: alarms may have been noted for editors too. */
  readonly acted: () => void
}

type Opening = {
  readonly env: Env
  readonly sql: Sql
  readonly log: Pick<SqliteLog, 'entryAt' | 'bounds'>
  readonly secret: Uint8Array
  readonly audit: Pick<AuditLog, 'note'>
  readonly alarms: () => Promise<readonly Alarm[]>
}

/** Sends the messages of webhooks. It does not wait for their receivers: the duties of the object share one alarm. */
export class WebhookDuty extends SendingDuty {
  readonly #acted: () => void
  #dispatcher: WebhookDispatcher | null = null
  #opened: { readonly outbox: SqliteWebhookOutbox; readonly webhooks: SqliteWebhooks } | null = null

  constructor(deps: Deps) {
    super(deps, 'sending to webhooks')
    this.#acted = deps.acted
  }

  /** Makes the webhooks of the log object. After a start, what was under way before is due once its lease ends. */
  open({ env, sql, log, secret, audit, alarms }: Opening): Webhooks {
    const { now, report } = this.deps
    const outbox = new SqliteWebhookOutbox(sql)
    const webhooks = new SqliteWebhooks(sql)
    const localHosts = localHostsOf(env)
    const cipher = new TextEncryption(secret, 'webhook')
    const common = { cipher, send: fetchWebhookSend(), localHosts, now, newId: uuidv7 }
    const entries = { entryAt: async (seq: number) => log.entryAt(seq), epoch: async () => (await log.bounds()).epoch }
    const gaveUp = (detail: string) => report(new PushAlarm('webhook', null, detail), 'sending to a webhook')
    this.#dispatcher = new WebhookDispatcher({
      ...{ outbox, log: entries, alarms, gaveUp, random: Math.random, report, ...common },
    })
    webhooks.onReplay(() => this.look())
    this.#opened = { outbox, webhooks }
    this.begin(this.#dispatcher)
    return new Webhooks({ webhooks, audit, ...common })
  }

  /** For the metrics. */
  async counts() {
    const attempts = this.#dispatcher?.attempts ?? { accepted: 0, failed: 0, dead: 0 }
    const messages = await this.#opened?.outbox.counts()
    return { webhookAttempts: attempts, webhookMessages: { waiting: 0, dead: 0, ...messages } }
  }

  protected override looked(): number | null {
    this.#acted()
    return this.#opened?.outbox.isListening() ? alarmsMs : null
  }
}
