import { busyMsMax, DatabaseBusy, type Sql } from '../sql.ts'

/** How long the first of a group waits for company, in milliseconds: nobody notices it, and a disk syncs far less often. */
const collectMsUsual = 5
/** A group is at most this many acts, so that one commit holds up neither its thread nor another's for long. */
const actsMax = 64
/** Between two tries while another connection writes, in milliseconds. */
const busyWaitMs = 25

/** One act of a group. It may be run twice, so that it must not remember what it did. */
type Waiting = {
  readonly act: () => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes of many callers, made durable by one commit: a surge costs one sync of the disk per group and not per write.
 * Each caller hears of its result after the commit. When an act throws, all are rolled back and each is run alone, so
 * that only the one that throws fails; what is expected to be refused should return it instead.
 *
 * While another connection writes, nobody is tried alone: the same wait would be waited once for each. All stay in their
 * order, and those who have waited for `busyMsMax` are refused together, with DatabaseBusy.
 */
export class GroupCommit {
  readonly #sql: Sql
  readonly #collectMs: number
  #waiting: Waiting[] = []
  #timer: object | number | null = null
  /** While the database is busy: how many are refused together when it stays so, and the timer that does it. */
  #stuck: { readonly count: number; readonly timer: ReturnType<typeof setTimeout> } | null = null

  constructor(sql: Sql, collectMs = collectMsUsual) {
    this.#sql = sql
    this.#collectMs = collectMs
  }

  /** Runs a synchronous act in a transaction with others, in the order of the calls; gives its result once it is durable. */
  run<Result>(act: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      // Only this act's own result comes back to this promise.
      this.#waiting.push({ act, resolve: (result) => resolve(result as Result), reject })
      this.#timer ??= setTimeout(() => this.#commit(), this.#collectMs)
    })
  }

  #commit(): void {
    const group = this.#waiting.splice(0, actsMax)
    try {
      const results = this.#sql.transaction(() => group.map(({ act }) => act()))
      this.#free()
      group.forEach(({ resolve }, at) => void resolve(results[at]))
    } catch (error) {
      if (error instanceof DatabaseBusy) {
        this.#wait(group)
        return
      }
      this.#free()
      this.#eachAlone(group)
    }
    this.#next(0)
  }

  /** Others get a turn between two groups: sockets are not held up by a long queue. */
  #next(afterMs: number): void {
    this.#timer = this.#waiting.length > 0 ? setTimeout(() => this.#commit(), afterMs) : null
  }

  /** Not swallowed: each is run again, and whoever throws then is told. When the database gets busy, the rest waits. */
  #eachAlone(group: readonly Waiting[]): void {
    for (const [at, { act, resolve, reject }] of group.entries())
      try {
        resolve(this.#sql.transaction(act))
      } catch (error) {
        if (error instanceof DatabaseBusy) {
          this.#waiting.unshift(...group.slice(at))
          return
        }
        reject(error)
      }
  }

  #wait(group: readonly Waiting[]): void {
    this.#waiting.unshift(...group)
    this.#stuck ??= { count: this.#waiting.length, timer: setTimeout(() => this.#refuse(), busyMsMax) }
    this.#next(busyWaitMs)
  }

  #refuse(): void {
    const refused = this.#waiting.splice(0, this.#stuck?.count)
    this.#stuck = null
    for (const { reject } of refused) reject(new DatabaseBusy())
  }

  #free(): void {
    if (this.#stuck !== null) clearTimeout(this.#stuck.timer)
    this.#stuck = null
  }
}
