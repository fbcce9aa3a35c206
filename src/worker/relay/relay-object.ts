import { DurableObject } from 'cloudflare:workers'
import type { Alert } from '../../domain/alert-types.ts'
import type { Bounds, Entry, Seq } from '../../log/log.ts'
import { AlarmDuties } from '../alarm-duties.ts'
import { durableSql } from '../durable-sql.ts'
import { type Env, logOf } from '../env.ts'
import { FollowerWakeUps } from '../log/follower-wake-ups.ts'
import { audienceBelow, wakeOne } from '../log/followers.ts'
import { report } from '../report.ts'
import type { Follower, RelayCalls } from '../rpc.ts'
import { RelayFollowers } from './relay-followers.ts'

const recentEntriesMax = 512
const pageEntries = 256
const errorMs = 2_000

/**
 * A relay between the log object and some dozens of hubs, used when there are many hubs. It is woken once, reads once, and
 * wakes and serves its hubs. With its answer it takes over the wake-ups: its own alarm repeats them until all have answered.
 */
export class RelayObject extends DurableObject<Env> implements RelayCalls {
  readonly #wakeUps: FollowerWakeUps
  readonly #duties: AlarmDuties
  readonly #followers: RelayFollowers
  #bounds: Bounds | null = null
  #recent: Entry[] = []

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#wakeUps = new FollowerWakeUps({
      sql: durableSql(ctx.storage),
      head: () => this.#bounds?.head ?? 0,
      wakeOne: (kind, id) => wakeOne(env, kind, id),
      now: Date.now,
      report,
    })
    this.#duties = new AlarmDuties(ctx.storage, [this.#wakeUps], Date.now)
    this.#followers = new RelayFollowers({
      wakeUps: this.#wakeUps,
      log: () => logOf(env),
      relayId: ctx.id.toString(),
      read: () => this.#read(),
    })
  }

  override async alarm(): Promise<void> {
    try {
      await this.#read()
      // After a restart, this object knows only from its tables which hubs it still has to wake.
      this.#wakeUps.begin()
      await this.#duties.alarm()
    } catch (error) {
      // Not thrown: the platform tries a failing alarm six times only.
      report(error, 'ringing from an alarm')
      void this.ctx.storage.setAlarm(Date.now() + errorMs)
    }
  }

  async wake(): Promise<Seq> {
    const { head } = await this.#read()
    // All hubs, though some may have the newest entry: the wake-up may also mean that a key has ended.
    const ringing = this.#wakeUps.wakeAgain('hub')
    this.#duties.arm()
    this.ctx.waitUntil(ringing)
    return head
  }

  async bounds(): Promise<Bounds> {
    return this.#bounds ?? this.#read()
  }

  async after(cursor: Seq, limit: number): Promise<readonly Entry[]> {
    const [first] = this.#recent
    const { head } = await this.bounds()
    if (first === undefined || cursor < first.seq - 1 || cursor >= head) return logOf(this.env).after(cursor, limit)
    return this.#recent.slice(cursor + 1 - first.seq).slice(0, limit)
  }

  async enlist(kind: Follower, id: string): Promise<void> {
    return this.#followers.enlist(kind, id)
  }

  async dismiss(id: string): Promise<void> {
    return this.#followers.dismiss(id)
  }

  async countByLanguage(alert: Alert): Promise<readonly (readonly [string, number])[]> {
    const below = { hubs: this.#wakeUps.followers('hub'), relays: [] }
    return [...(await audienceBelow(this.env, below, alert)).byLanguage]
  }

  /** Reads on to the log's head. */
  async #read(): Promise<Bounds> {
    const bounds = await logOf(this.env).bounds()
    const known = this.#bounds?.epoch === bounds.epoch ? this.#bounds.head : Math.max(0, bounds.head - recentEntriesMax)
    for (let seq = Math.max(known, bounds.floor - 1); seq < bounds.head; ) {
      const page = await logOf(this.env).after(seq, pageEntries)
      const last = page.at(-1)
      if (last === undefined) break
      this.#take(page)
      seq = last.seq
    }
    this.#bounds = { ...bounds, head: Math.max(bounds.head, this.#recent.at(-1)?.seq ?? 0) }
    return this.#bounds
  }

  /** Adds the entries after the newest one; two concurrent reads give the same entries. */
  #take(page: readonly Entry[]): void {
    for (const entry of page) {
      const last = this.#recent.at(-1)
      if (last === undefined || entry.seq === last.seq + 1) this.#recent.push(entry)
    }
    this.#recent = this.#recent.slice(-recentEntriesMax)
  }
}
