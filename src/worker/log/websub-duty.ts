import { v7 as uuidv7 } from 'uuid'
import { subscribedFeed } from '../../http/feeds/topic-feed.ts'
import type { WebSubDeps } from '../../http/feeds/websub-routes.ts'
import { WebSubDispatcher } from '../../push/websub/websub-dispatcher.ts'
import { WebSubHub } from '../../push/websub/websub-hub.ts'
import type { Sql } from '../../store/sql.ts'
import type { SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import { SqliteWebSub } from '../../store/sqlite/websub/sqlite-websub.ts'
import type { AlarmDuty } from '../alarm-duties.ts'
import { newsroom } from '../bundled-newsroom.ts'
import type { Env } from '../env.ts'
import { addressOf } from '../local-caller.ts'
import { publicUrlOf, websubHostsOf } from '../worker-settings.ts'
import { fetchWebhookSend } from './webhook-fetch.ts'

const retryMs = 2_000

type Deps = {
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
  /** Keeps the object awake until what was begun has ended. */
  readonly waitUntil: (running: Promise<unknown>) => void
  /** Sets the object's alarm anew. */
  readonly arm: () => void
}

type Opening = {
  readonly env: Env
  readonly sql: Sql
  readonly log: SqliteLog
  readonly secret: Uint8Array
}

/** Tells subscribers of feeds (W3C WebSub). It does not wait for their servers: the duties of the object share one alarm. */
export class WebSubDuty implements AlarmDuty {
  readonly #deps: Deps
  #dispatcher: WebSubDispatcher | null = null
  #store: SqliteWebSub | null = null
  #dueMs: number | null = null

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Makes the hub of the log object. After a start, what was under way before is due once its lease ends. */
  open({ env, sql, log, secret }: Opening): WebSubDeps {
    const { now, report } = this.#deps
    const store = new SqliteWebSub(sql)
    const publicUrl = publicUrlOf(env)
    const head = async () => (await log.bounds()).head
    const common = { store, secret, localHosts: websubHostsOf(env), head, now }
    this.#dispatcher = new WebSubDispatcher({
      ...{ ...common, send: fetchWebhookSend(), newId: uuidv7, random: Math.random, report },
      content: (topic) => subscribedFeed({ newsroom, log }, topic, publicUrl),
    })
    this.#dispatcher.onSettled(() => this.look())
    this.#store = store
    this.#dueMs = now()
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

  /** Something may be due. In the same step as an append, so that the alarm is durable with it. */
  look(): void {
    this.#dueMs = this.#deps.now()
    this.#deps.arm()
  }

  get dueMs(): number | null {
    return this.#dueMs
  }

  async act(): Promise<void> {
    const { now, report, waitUntil } = this.#deps
    // What is due meanwhile sets it anew.
    this.#dueMs = null
    try {
      const nextMs = (await this.#dispatcher?.begin()) ?? null
      const underWay = this.#dispatcher?.settled() ?? null
      if (underWay !== null) waitUntil(underWay)
      if (nextMs !== null) this.#dueMs = Math.min(this.#dueMs ?? Number.POSITIVE_INFINITY, now() + nextMs)
    } catch (error) {
      this.#dueMs = now() + retryMs
      report(error, 'telling subscribers of feeds')
    }
  }
}
