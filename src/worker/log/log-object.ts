import { DurableObject } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { type Credential, isActiveAt, type KeyHolder } from '../../auth/editor.ts'
import { ensureAdmin } from '../../auth/first-key.ts'
import { noteUses } from '../../auth/key-use.ts'
import { WrongKeys } from '../../auth/wrong-keys.ts'
import { deskDeliveries } from '../../desk/deliveries.ts'
import { Desk } from '../../desk/desk.ts'
import { DeskFeed } from '../../desk/feed/desk-feed.ts'
import { Items } from '../../desk/items/items.ts'
import type { Pause } from '../../desk/pause.ts'
import type { Alert } from '../../domain/alert-types.ts'
import { newsroomWarnings } from '../../domain/newsroom-dropped.ts'
import type { LiveAudience } from '../../http/api/desk/dry-run.ts'
import { createApp, type HttpDeps } from '../../http/app.ts'
import type { App } from '../../http/app-env.ts'
import { type Bounds, type Entry, newEpoch, type Seq } from '../../log/log.ts'
import { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { publicVapid, type VapidSettings } from '../../push/crypto/public-vapid.ts'
import type { PushKeys } from '../../push/crypto/vapid-key-set.ts'
import { wrongSecret } from '../../push/crypto/wrong-secret.ts'
import { Alarms, joinedAlarms } from '../../push/outbox/alarms.ts'
import type { Sql } from '../../store/sql.ts'
import { SqliteAudit } from '../../store/sqlite/desk/sqlite-audit.ts'
import { SqliteItems } from '../../store/sqlite/desk/sqlite-items.ts'
import { verifySecret } from '../../store/sqlite/secret-canary.ts'
import { SqliteEditors } from '../../store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../store/sqlite/sqlite-pause.ts'
import { AlarmDuties } from '../alarm-duties.ts'
import { newsroom } from '../bundled-newsroom.ts'
import { durableSql } from '../durable-sql.ts'
import { metricsText } from '../edge-metrics.ts'
import type { Env } from '../env.ts'
import { addressOf, isLocalCaller } from '../local-caller.ts'
import { LostKeysCheck } from '../push/lost-keys-check.ts'
import { pushKeysOf } from '../push/push-keys.ts'
import { logNotice, report } from '../report.ts'
import type { Follower, LogCalls, ShardKeys } from '../rpc.ts'
import { SigningDuty } from '../signing/signing-duty.ts'
import { numberSetting, pageHeartbeatOf, publicUrlOf, pushHostsOf, textSetting } from '../worker-settings.ts'
import { deskDeps } from './desk-deps.ts'
import { EdgeStreamsReached } from './edge-streams-reached.ts'
import { FollowerWakeUps } from './follower-wake-ups.ts'
import { audienceBelow, wakeOne } from './followers.ts'
import { IndexDuty } from './index-duty.ts'
import { LogAheadDuty } from './log-ahead-duty.ts'
import { NoticeDuty } from './notice-duty.ts'
import { RelayPlacements } from './relay-placements.ts'
import { ReleaseDuty } from './release-duty.ts'
import { WebhookDuty } from './webhook-duty.ts'
import { WebSubDuty } from './websub-duty.ts'

/** The most hubs that the log object wakes itself: some dozens of calls at once. With more hubs, relays wake them. */
const hubsDirectUsual = 32
const errorMs = 2_000

/**
 * The log, the desk, and the plain reads. It is a single object, so that there is one writer. All other objects follow it.
 */
export class LogObject extends DurableObject<Env> implements LogCalls {
  readonly #sql: Sql
  readonly #log: SqliteLog
  readonly #editors: SqliteEditors
  readonly #pauses: SqlitePause
  readonly #items: SqliteItems
  readonly #releases: ReleaseDuty
  readonly #webhooks: WebhookDuty
  readonly #notices: NoticeDuty
  readonly #websub: WebSubDuty
  readonly #reached: EdgeStreamsReached
  /** Those that this object raises itself. */
  readonly #alarms = new Alarms(Date.now)
  readonly #wakeUps: FollowerWakeUps
  readonly #placements: RelayPlacements
  readonly #duties: AlarmDuties
  readonly #ahead: LogAheadDuty
  readonly #signing: SigningDuty
  readonly #wrongKeys = new WrongKeys()
  #head: Seq = 0
  #keys: PushKeys | null = null
  #secretProven = true
  #app: App | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = durableSql(ctx.storage)
    this.#log = new SqliteLog(this.#sql, newEpoch(Math.random(), Date.now()))
    this.#editors = new SqliteEditors(this.#sql)
    this.#pauses = new SqlitePause(this.#sql)
    this.#items = new SqliteItems(this.#sql, this.#log)
    this.#releases = new ReleaseDuty(Date.now, report)
    const waitUntil = (running: Promise<unknown>) => ctx.waitUntil(running)
    const duty = { now: Date.now, report: this.#alarms.raising(report), waitUntil, arm: () => this.#duties.arm() }
    this.#notices = new NoticeDuty(duty)
    this.#websub = new WebSubDuty(duty)
    this.#webhooks = new WebhookDuty({ ...duty, acted: () => this.#notices.look() })
    this.#placements = new RelayPlacements(this.#sql, numberSetting(env, 'HUBS_DIRECT', hubsDirectUsual))
    this.#wakeUps = new FollowerWakeUps({
      sql: this.#sql,
      head: () => this.#head,
      wakeOne: (kind, id) => wakeOne(env, kind, id),
      now: Date.now,
      report,
    })
    this.#reached = new EdgeStreamsReached({ sql: this.#sql, count: (alert) => this.#countByLanguage(alert) })
    this.#ahead = new LogAheadDuty({ log: this.#log, now: Date.now, report, announce: logNotice })
    this.#signing = new SigningDuty(this.#log.signing, Date.now, this.#alarms.raising(report))
    const duties = [this.#wakeUps, new IndexDuty(this.#log, Date.now, report), this.#ahead, this.#signing]
    const telling = [this.#releases, this.#webhooks, this.#notices, this.#websub]
    this.#duties = new AlarmDuties(ctx.storage, [...duties, ...telling], Date.now)
    this.#log.onAppend(() => this.#appended())
    this.#editors.onEnd(() => this.#keyEnded())
    this.#items.onChange(() => this.#itemsChanged())
    ctx.blockConcurrencyWhile(() => this.#begin())
  }

  override async fetch(request: Request): Promise<Response> {
    if (this.#app === null) throw new Error('the log object has not begun')
    return this.#app.fetch(request, { request })
  }

  override async alarm(): Promise<void> {
    try {
      await this.#duties.alarm()
    } catch (error) {
      // Not thrown: the platform tries a failing alarm six times only.
      report(error, 'waking followers from an alarm')
      void this.ctx.storage.setAlarm(Date.now() + errorMs)
    }
  }

  async bounds(): Promise<Bounds> {
    return this.#log.bounds()
  }

  async after(cursor: Seq, limit: number): Promise<readonly Entry[]> {
    return this.#log.after(cursor, limit)
  }

  async enlist(kind: Follower, id: string): Promise<void> {
    this.#wakeUps.enlist(kind, id)
  }

  async dismiss(id: string): Promise<void> {
    this.#wakeUps.dismiss(id)
    this.#placements.remove(id)
  }

  async relayOf(hubId: string): Promise<string | null> {
    return this.#placements.place(hubId)
  }

  async holder(credential: Credential, at: string): Promise<KeyHolder | null> {
    return this.#editors.holder(credential, at)
  }

  async editorIds(): Promise<readonly string[]> {
    const at = new Date().toISOString()
    return (await this.#editors.list()).filter((editor) => isActiveAt(editor, at)).map(({ id }) => id)
  }

  async pause(): Promise<Pause> {
    return this.#pauses.current()
  }

  async pushKeys(): Promise<ShardKeys> {
    if (this.#keys === null) throw new Error('the log object has not begun')
    return { ...this.#keys, ...this.#signing.keys }
  }

  async vapid(): Promise<VapidSettings> {
    return publicVapid(await this.pushKeys())
  }

  async #begin(): Promise<void> {
    this.#head = (await this.#log.bounds()).head
    this.#keys = await pushKeysOf(this.#sql, this.env)
    this.#secretProven = await verifySecret(this.#sql, await AddressEncryption.make(this.#keys.secret))
    for (const line of newsroomWarnings(newsroom, this.#log.published)) logNotice(line)
    if (!this.#secretProven) report(new Error(wrongSecret), 'beginning')
    await this.#ahead.act()
    await this.#editors.endExpired(new Date().toISOString())
    const deps = this.#deps(this.#keys)
    await this.#signing.check()
    const admins = { editors: this.#editors, now: Date.now, newId: uuidv7 }
    const { key, warnings } = await ensureAdmin(admins, textSetting(this.env, 'ADMIN_KEY'))
    for (const line of warnings) logNotice(line)
    if (key !== null) logNotice(`The admin key, shown this once; keep it safe: ${key}`)
    this.#app = createApp(deps)
    this.#wakeUps.begin()
    this.#duties.arm()
  }

  /** In the same step as the append: the alarm becomes durable with the entry, so that followers are woken even if this object is stopped now. */
  #appended(): void {
    this.#head += 1
    const waking = this.#wakeUps.wake()
    this.#webhooks.look()
    this.#websub.look()
    const entry = this.#log.entryAt(this.#head)
    const counting = async () => {
      await waking
      if (entry !== null) await this.#reached.note(entry)
    }
    this.ctx.waitUntil(counting().catch((error: unknown) => report(error, 'counting the streams that were reached')))
  }

  /** In the same step as the change of an item: the alarm is durable with it, so that its time is kept. */
  #itemsChanged(): void {
    this.#releases.look()
    this.#webhooks.look()
    this.#notices.look()
  }

  /** Changes the kill switch: push objects read it at once, and are woken until they have. */
  async #changePause(...change: Parameters<SqlitePause['change']>): Promise<Pause> {
    const pause = await this.#pauses.change(...change)
    const waking = this.#wakeUps.wakeAgain('push')
    this.#duties.arm()
    this.ctx.waitUntil(waking)
    return pause
  }

  /** In the same step as the end of a key or a session: objects that may hold its test streams and subscriptions are woken until they have checked. */
  #keyEnded(): void {
    const waking = this.#wakeUps.wakeAgain('hub', 'relay', 'push')
    this.#duties.arm()
    this.ctx.waitUntil(waking)
  }

  async #metrics(): Promise<string> {
    return metricsText({
      head: this.#head,
      hubs: this.#wakeUps.followers('hub').length,
      ...{ relays: this.#wakeUps.followers('relay').length, waiting: this.#wakeUps.waiting },
      pushers: this.#wakeUps.followers('push').length,
      ...(await this.#webhooks.counts()),
      ...(await this.#websub.counts()),
    })
  }

  #countByLanguage(alert: Alert): Promise<LiveAudience> {
    const below = { hubs: this.#wakeUps.followers('hub'), relays: this.#wakeUps.followers('relay') }
    return audienceBelow(this.env, below, alert)
  }

  #deps(keys: PushKeys): HttpDeps {
    const { env } = this
    const now = Date.now
    const log = this.#log
    const vapid = publicVapid(keys)
    const { signer, signed } = this.#signing.open(this.#sql, env, newsroom, now())
    const audit = new SqliteAudit(this.#sql)
    const origins = { publicUrl: publicUrlOf(env), trustProxy: false }
    const enlisted = () => this.#wakeUps.followers('push')
    const shards = { env, sql: this.#sql, editors: this.#editors, enlisted, log }
    const { editors, subscriptions, archive, outbox, ...acts } = deskDeps(shards)
    const desk = new Desk({ log, newsroom, pauses: this.#pauses, now, newId: uuidv7 })
    const deliveries = deskDeliveries({ outbox, reached: (seqs) => this.#reached.of(seqs), log, editors })
    const kept = { items: this.#items, log, now }
    const feed = new DeskFeed({ ...kept, pauses: this.#pauses, outbox: deliveries })
    const items = new Items({ ...kept, desk, newsroom, newId: uuidv7, acted: () => feed.soon() })
    this.#releases.begin(items)
    const known = { hostKeyCounts: archive.hostKeyCounts, keyIds: keys.vapidKeys.map(({ keyId }) => keyId) }
    const lost = new LostKeysCheck({ ...known, now, report })
    const alarms = async () =>
      joinedAlarms([...this.#alarms.list(), ...(await lost.alarms()), ...(await acts.alarms())])
    const webhooks = this.#webhooks.open({ env, sql: this.#sql, log, secret: keys.secret, audit, alarms })
    const sealing = { keys, isSecretProven: () => this.#secretProven }
    const browsers = this.#notices.open({ env, sql: this.#sql, items: this.#items, ...sealing })
    return {
      reads: {
        ...{ newsroom, log, vapid, signer, signed, editors, sessions: editors, now, report, ...origins },
        ...{ noteUse: noteUses({ editors, report }), pageHeartbeatSeconds: pageHeartbeatOf(env) },
        noteWrongKey: (bindings) => this.#wrongKeys.note(addressOf((bindings as { request: Request }).request), now()),
      },
      desk: {
        ...{ newsroom, log, editors, subscriptions, outbox: deliveries, now, newId: uuidv7, ...origins },
        pauses: { current: () => this.#pauses.current(), change: (...change) => this.#changePause(...change) },
        ...{ desk, items, audit, webhooks, browsers, feed, report },
        sockets: (alert: Alert) => this.#countByLanguage(alert),
      },
      pushes: {
        ...{ newsroom, log, subscriptions, archive, audit, outbox, vapid, now, report },
        ...{ pushHosts: pushHostsOf(env), stopPushes: acts.stopPushes, alarms },
      },
      head: { log, signer, now },
      websub: this.#websub.open({ env, sql: this.#sql, log, secret: keys.secret }),
      health: {
        notReady: async () => (this.#secretProven ? lost.why() : wrongSecret),
        ...{ metrics: () => this.#metrics(), metricsKey: textSetting(env, 'METRICS_KEY') },
        isLocal: (bindings) => isLocalCaller((bindings as { request: Request }).request),
      },
      // The Worker hands streams to a hub object, and answers subscriptions itself (`push/subscription-entry.ts`).
      events: null,
      subscriptions: null,
    }
  }
}
