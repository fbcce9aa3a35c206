import type { Seq } from '../../log/log.ts'
import { migrate, type Schema, type Sql } from '../../store/sql.ts'
import type { AlarmDuty } from '../alarm-duties.ts'
import type { Follower, WakeTarget } from '../rpc.ts'

const schema: Schema = {
  store: 'bells',
  steps: ['create table followers (id text primary key, kind text not null, reached integer not null) strict'],
}

const insertFollower = 'insert into followers (id, kind, reached) values (?, ?, ?) on conflict (id) do nothing'
const deleteFollower = 'delete from followers where id = ?'
const selectFollowers = 'select id, kind from followers where kind = ? order by id'
const selectBehind = 'select id, kind from followers where reached < ?'
const updateReached = 'update followers set reached = max(reached, ?) where id = ?'

const forgetReached = 'update followers set reached = -1 where kind = ?'

const answerMsMax = 10_000
const againFirstMs = 2_000
const againMsMax = 60_000

type Row = { id: string; kind: string }

type Deps = {
  readonly sql: Sql
  /** The seq that woken followers should reach. */
  readonly head: () => Seq
  readonly wakeOne: (kind: Follower, id: string) => ReturnType<WakeTarget['wake']>
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/**
 * Wakes all followers until each has answered that it has reached the head. The answers are stored in the database. An
 * object that is stopped between an append and its wake-ups continues at the alarm that was set with the append.
 */
export class FollowerWakeUps implements AlarmDuty {
  readonly #deps: Deps
  #attempts = 0
  /** How often all followers of a kind were to be woken again: an answer to an earlier wake-up does not count. */
  #again = 0
  #dueMs: number | null = null

  constructor(deps: Deps) {
    this.#deps = deps
    migrate(deps.sql, schema)
  }

  /** Sets the head, and continues the wake-ups of an object that ended before they were answered. */
  begin(): void {
    if (this.#behind().length > 0) this.#dueMs = this.#deps.now()
  }

  /** Wakes a follower from now on. A follower reads the log once after it enlists. */
  enlist(kind: Follower, id: string): void {
    this.#deps.sql.run(insertFollower, id, kind, this.#deps.head())
  }

  dismiss(id: string): void {
    this.#deps.sql.run(deleteFollower, id)
  }

  followers(kind: Follower): readonly string[] {
    return this.#deps.sql.all<Row>(selectFollowers, kind).map(({ id }) => id)
  }

  /** After an append: the alarm is due even if this object is stopped now. Wakes all who are behind; never rejects. */
  async wake(): Promise<void> {
    this.#attempts = 0
    this.#dueMs = this.#deps.now() + againFirstMs
    await this.#round()
  }

  /** Wakes all followers of these kinds until they have answered, without a new entry: something else has changed. */
  async wakeAgain(...kinds: readonly Follower[]): Promise<void> {
    this.#again += 1
    for (const kind of kinds) this.#deps.sql.run(forgetReached, kind)
    await this.wake()
  }

  get dueMs(): number | null {
    return this.#dueMs
  }

  /** The number of followers that have not answered yet. */
  get waiting(): number {
    return this.#behind().length
  }

  async act(): Promise<void> {
    this.#attempts += 1
    this.#dueMs = this.#deps.now() + Math.min(againMsMax, againFirstMs * 2 ** Math.min(this.#attempts, 10))
    await this.#round()
  }

  async #round(): Promise<void> {
    await Promise.all(this.#behind().map((row) => this.#wakeOne(row)))
    if (this.#behind().length === 0) this.#dueMs = null
  }

  #behind(): readonly Row[] {
    return this.#deps.sql.all<Row>(selectBehind, this.#deps.head())
  }

  async #wakeOne({ id, kind }: Row): Promise<void> {
    const again = this.#again
    try {
      const reached = await within(answerMsMax, this.#deps.wakeOne(kind as Follower, id))
      if (again === this.#again) this.#deps.sql.run(updateReached, reached, id)
    } catch (error) {
      this.#deps.report(error, `ringing a ${kind}`)
    }
  }
}

async function within<It>(ms: number, wanted: Promise<It>): Promise<It> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ms)
  })
  return Promise.race([wanted, late]).finally(() => {
    if (timer !== null) clearTimeout(timer)
  })
}
