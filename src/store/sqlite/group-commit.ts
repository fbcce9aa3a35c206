import { busyMsMax, DatabaseBusy, type Sql } from '../sql.ts'

/** How long the first write of a group waits for others, in milliseconds: too short to notice, and saves many disk syncs. */
const collectMsDefault = 5
/** Writes in a group at most, so that one commit blocks neither this thread nor other connections for long. */
const groupWritesMax = 64
/** Pause between two attempts while another connection writes, in milliseconds. */
const busyWaitMs = 25

/** One write of a group. It may be run twice, so that it must not change anything outside the database. */
type Waiting = {
  readonly act: () => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: writes of many callers are made durable by one commit, so that a surge costs one disk sync a group and
 * not one a write. Each caller gets its result after the commit. When a write throws, all are rolled back and each is run
 * alone, so that only the one that throws fails. An expected refusal should therefore be returned, not thrown.
 *
 * While another connection writes, acts are not run alone, because each would wait for it again. They stay in order, and
 * those that have waited for `busyMsMax` reject together with DatabaseBusy.
 */
export class GroupCommit {
  readonly #sql: Sql
  readonly #collectMs: number
  #waiting: Waiting[] = []
  #timer: object | number | null = null
  /** While the database is busy: how many acts reject together if it stays so, and the timer for it. */
  #busy: { readonly count: number; readonly timer: ReturnType<typeof setTimeout> } | null = null

  constructor(sql: Sql, collectMs = collectMsDefault) {
    this.#sql = sql
    this.#collectMs = collectMs
  }

  /** Runs a synchronous act in a transaction with others, in the order of the calls. Resolves with its result once that is durable. */
  run<Result>(act: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      // Only this act's own result comes back to this promise.
      this.#waiting.push({ act, resolve: (result) => resolve(result as Result), reject })
      this.#timer ??= setTimeout(() => this.#commit(), this.#collectMs)
    })
  }

  #commit(): void {
    const group = this.#waiting.splice(0, groupWritesMax)
    try {
      const results = this.#sql.transaction(() => group.map(({ act }) => act()))
      this.#clearBusy()
      group.forEach(({ resolve }, at) => void resolve(results[at]))
    } catch (error) {
      if (error instanceof DatabaseBusy) {
        this.#wait(group)
        return
      }
      this.#clearBusy()
      this.#commitEachAlone(group)
    }
    this.#next(0)
  }

  /** Yields to the event loop between two groups, so that a long queue does not delay sockets. */
  #next(afterMs: number): void {
    this.#timer = this.#waiting.length > 0 ? setTimeout(() => this.#commit(), afterMs) : null
  }

  /** Runs each act alone; one that throws rejects its own caller. When the database gets busy, the rest waits. */
  #commitEachAlone(group: readonly Waiting[]): void {
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
    this.#busy ??= { count: this.#waiting.length, timer: setTimeout(() => this.#refuse(), busyMsMax) }
    this.#next(busyWaitMs)
  }

  #refuse(): void {
    const refused = this.#waiting.splice(0, this.#busy?.count)
    this.#busy = null
    for (const { reject } of refused) reject(new DatabaseBusy())
  }

  #clearBusy(): void {
    if (this.#busy !== null) clearTimeout(this.#busy.timer)
    this.#busy = null
  }
}
