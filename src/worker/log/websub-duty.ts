import { subscribedFeed } from '../../http/feeds/topic-feed.ts'
import type { WebSubDeps } from '../../http/feeds/websub-routes.ts'
import { WebSubDispatcher } from '../../push/websub/websub-dispatcher.ts'
import { WebSubHub } from '../../push/websub/websub-hub.ts'
import type { Sql } from '../../store/sql.ts'
import type { SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import { SqliteWebSub } from '../../store/sqlite/websub/sqlite-websub.ts'
import { newsroom } from '../bundled-newsroom.ts'
import type { Env } from '../env.ts'
import { addressOf } from '../local-caller.ts'
import { publicUrlOf, websubHostsOf } from '../worker-settings.ts'
import { SendingDuty, type SendingDutyDeps } from './sending-duty.ts'
import { fetchWebhookSend } from './webhook-fetch.ts'

type Opening = {
  readonly env: Env
  readonly sql: Sql
  readonly log: SqliteLog
  readonly secret: Uint8Array
}

/** Tells subscribers of feeds (W3C WebSub). It does not wait for their servers: the duties of the object share one alarm. */
export class WebSubDuty extends SendingDuty {
  #dispatcher: WebSubDispatcher | null = null
  #store: SqliteWebSub | null = null

  constructor(deps: SendingDutyDeps) {
    super(deps, 'telling subscribers of feeds')
  }

  /** Makes the hub of the log object. After a start, what was under way before is due once its lease ends. */
  open({ env, sql, log, secret }: Opening): WebSubDeps {
    const { now, report } = this.deps
    const store = new SqliteWebSub(sql)
    const publicUrl = publicUrlOf(env)
    const head = async () => (await log.bounds()).head
    const common = { store, secret, localHosts: websubHostsOf(env), head, now }
    this.#dispatcher = new WebSubDispatcher({
      ...{ ...common, send: fetchWebhookSend(), newId: () => crypto.randomUUID(), random: Math.random, report },
      content: (topic) => subscribedFeed({ newsroom, log }, topic, publicUrl),
    })
    this.#store = store
    this.begin(this.#dispatcher)
    return {
      ...{ newsroom, log, publicUrl, now, hub: new WebSubHub({ ...common, asked: () => this.look() }) },
      addressOf: (bindings) => addressOf((bindings as { request: Request }).request),
    }
  }

  /** For the metrics. */
  async counts() {
    return {
      websubAttempts: { ...this.#dispatcher?.attempts },
      websubStored: { ...(await this.#store?.counts()) },
    }
  }
}
