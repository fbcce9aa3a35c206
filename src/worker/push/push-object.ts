import { DurableObject } from 'cloudflare:workers'
import type { Authority } from '../../auth/editor.ts'
import type { Interest } from '../../domain/interest.ts'
import type { Seq } from '../../log/log.ts'
import type { Alarm } from '../../push/outbox/alarms.ts'
import type { DeliveryPart } from '../../push/outbox/delivery.ts'
import type { TestResult } from '../../push/send/test-push.ts'
import {
  type NewSubscription,
  type PushAddress,
  type Refusal,
  type Subscription,
  SubscriptionRefused,
} from '../../push/subscriptions/subscription.ts'
import type { HostKeyCount, SubscriptionPage } from '../../push/subscriptions/subscription-archive.ts'
import type { Sql } from '../../store/sql.ts'
import { nextDueMs } from '../../store/sqlite/outbox/outbox-due.ts'
import { durableSql } from '../durable-sql.ts'
import { type Env, logOf, logWithFreshStubs } from '../env.ts'
import { report } from '../report.ts'
import type { PushCalls, ShardAndOrigin } from '../rpc.ts'
import { publicUrlOf } from '../worker-settings.ts'
import { openShard, type PushShard } from './push-shard.ts'

/** How many pushes one run sends: within the platform's limit of sub-requests, less those for other calls. */
const pushesPerTurnMax = 900
/** An alarm may take 15 minutes (https://developers.cloudflare.com/durable-objects/api/alarms/). */
const sliceMsMax = 5 * 60_000
/** How often the log is read although no wake-up came. */
const lookEveryMs = 60 * 60_000
const errorMs = 5_000
/** Least time between two alarms after a run that left nothing due, so that an error cannot cause a loop. */
const restMs = 250

// Stored beside the tables: whether the log wakes this object, when the log was last read, the shard's number, and the service's origin.
const joinedKey = 'joined'
const lookedKey = 'looked'
const shardKey = 'shard'
const originKey = 'origin'

const selectAny = 'select 1 as found from subscriptions limit 1'

/**
 * One shard of the subscriptions and of the outbox. It sends in runs, each in an alarm: an alarm that was set runs at least
 * once, even if the object ends before. All state that must survive is in its database.
 */
export class PushObject extends DurableObject<Env> implements PushCalls {
  readonly #sql: Sql
  #shard: Promise<PushShard> | null = null
  #joining: Promise<void> | null = null
  #reading: Promise<unknown> = Promise.resolve()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = durableSql(ctx.storage)
  }

  override async alarm(): Promise<void> {
    try {
      const shard = await this.#open()
      await this.#look(shard)
      // Until the Worker is deployed with the right secret; then the object is created again.
      if (shard.locked) return void this.ctx.storage.setAlarm(Date.now() + lookEveryMs)
      const mayHaveMore = await turn(shard)
      this.#arm(mayHaveMore ? 0 : restMs)
    } catch (error) {
      // Not thrown: the platform tries a failing alarm six times only.
      report(error, 'pushing')
      void this.ctx.storage.setAlarm(Date.now() + errorMs)
    }
  }

  async wake(): Promise<Seq> {
    const shard = await this.#open()
    const reached = await this.#read(shard)
    if (shard.locked) return reached
    this.#arm()
    shard.pusher.wake()
    return reached
  }

  async put(subscription: NewSubscription, now: string, place: ShardAndOrigin, by?: Authority) {
    const { subscriptions } = await this.#join(place)
    return refusalAsWord(subscriptions.put(subscription, now, by))
  }

  async importOne(subscription: NewSubscription, createdAt: string, place: ShardAndOrigin, by?: Authority) {
    const { subscriptions } = await this.#join(place)
    return refusalAsWord(subscriptions.importOne(subscription, createdAt, by))
  }

  async get(id: string, token: string): Promise<Subscription | null | Refusal> {
    return refusalAsWord((await this.#open()).subscriptions.get(id, token))
  }

  async change(
    id: string,
    token: string,
    interest: Interest,
    discreet: boolean,
  ): Promise<Subscription | null | Refusal> {
    return refusalAsWord((await this.#open()).subscriptions.change(id, token, interest, discreet))
  }

  async remove(id: string, token: string): Promise<boolean> {
    return (await this.#open()).subscriptions.remove(id, token)
  }

  async interestOf(address: PushAddress): Promise<Interest | null | Refusal> {
    return refusalAsWord((await this.#open()).subscriptions.interestOf(address))
  }

  async count(): Promise<readonly { readonly interest: Interest; readonly count: number }[]> {
    return (await this.#open()).subscriptions.count()
  }

  async page(after: number, limit: number): Promise<SubscriptionPage | Refusal> {
    return refusalAsWord((await this.#open()).subscriptions.page(after, limit))
  }

  async hostKeyCounts(): Promise<readonly HostKeyCount[]> {
    return (await this.#open()).subscriptions.hostKeyCounts()
  }

  async sendTest(subscriptionId: string, token: string): Promise<TestResult> {
    return (await this.#open()).sendTest(subscriptionId, token)
  }

  async deliveryPart(alertId: string): Promise<DeliveryPart> {
    return (await this.#open()).outbox.part(alertId)
  }

  async stop(alertId: string, through: Seq): Promise<void> {
    await (await this.#open()).outbox.stop(alertId, through)
  }

  async alarms(): Promise<readonly Alarm[]> {
    return (await this.#open()).alarms.list()
  }

  async pushCounts() {
    return { ...(await this.#open()).pusher.pushCounts }
  }

  #open(): Promise<PushShard> {
    if (this.#shard !== null) return this.#shard
    const opening = this.#opened()
    this.#shard = opening
    opening.catch(() => {
      this.#shard = null
    })
    return opening
  }

  async #opened(): Promise<PushShard> {
    return openShard({
      sql: this.#sql,
      log: logWithFreshStubs(this.env),
      keys: await logOf(this.env).pushKeys(),
      settings: this.env,
      shard: () => this.#kept<number>(shardKey) ?? 0,
      publicUrl: () => publicUrlOf(this.env) ?? this.#kept<string>(originKey) ?? '',
    })
  }

  /** Enlists with the log, before the first subscription is confirmed. */
  async #join({ shard, origin }: ShardAndOrigin): Promise<PushShard> {
    const opened = await this.#open()
    if (origin !== null && this.#kept(originKey) !== origin) this.ctx.storage.kv.put(originKey, origin)
    if (this.#kept(joinedKey) !== true) {
      this.ctx.storage.kv.put(shardKey, shard)
      this.#joining ??= this.#enlist(opened).finally(() => {
        this.#joining = null
      })
      await this.#joining
    }
    return opened
  }

  async #enlist({ outbox }: PushShard): Promise<void> {
    const log = logOf(this.env)
    await log.enlist('push', this.ctx.id.toString())
    outbox.begin(await log.bounds())
    this.ctx.storage.kv.put(joinedKey, true)
    this.ctx.storage.kv.put(lookedKey, Date.now())
    void this.ctx.storage.setAlarm(Date.now() + lookEveryMs)
  }

  /** Reads the log. Reads run one after the other, so that each begins after the call that requested it. */
  #read(shard: PushShard): Promise<Seq> {
    const next = this.#reading.then(() => shard.read())
    this.#reading = next.catch(() => undefined)
    return next.then((seq) => {
      this.ctx.storage.kv.put(lookedKey, Date.now())
      return seq
    })
  }

  /** Wake-ups are lost for good only if the log's list loses this object: this checks both. */
  async #look(shard: PushShard): Promise<void> {
    if (this.#kept(joinedKey) !== true || Date.now() < this.#lookMs()) return
    await logOf(this.env).enlist('push', this.ctx.id.toString())
    await this.#read(shard)
  }

  /** Sets the alarm to the next due time: of pushes, or of the next poll of the log while there are subscriptions. */
  #arm(waitMs = 0): void {
    const look = this.#sql.all(selectAny).length > 0 ? this.#lookMs() : Number.POSITIVE_INFINITY
    const next = Math.min(nextDueMs(this.#sql) ?? Number.POSITIVE_INFINITY, look)
    if (next < Number.POSITIVE_INFINITY) void this.ctx.storage.setAlarm(Math.max(next, Date.now() + waitMs))
  }

  #lookMs(): number {
    // A last poll in the future is from before the clock was set back.
    const looked = this.#kept<number>(lookedKey) ?? 0
    return looked > Date.now() ? 0 : looked + lookEveryMs
  }

  #kept<Value>(key: string): Value | undefined {
    return this.ctx.storage.kv.get<Value>(key)
  }
}

/** Sends until nothing is due or the run's limit is reached; returns whether there may be more. */
async function turn({ pusher }: PushShard): Promise<boolean> {
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(), sliceMsMax)
  try {
    return (await pusher.drain(ending.signal, pushesPerTurnMax)) || ending.signal.aborted
  } finally {
    clearTimeout(timer)
  }
}

/** Gives a refusal as a word: an error's class is lost in a remote call. */
async function refusalAsWord<Result>(saved: Promise<Result>): Promise<Result | Refusal> {
  try {
    return await saved
  } catch (error) {
    if (error instanceof SubscriptionRefused) return error.why
    throw error
  }
}
