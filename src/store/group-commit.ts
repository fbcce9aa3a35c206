import type { Sql } from './sql.ts'

/** How long the first of a group waits for company, in milliseconds: nobody notices it, and a disk syncs far less often. */
const collectMsUsual = 5
/** A group is at most this many acts, so that one commit holds up neither its thread nor another's for long. */
const actsMax = 64

/** One act of a group. It may be run twice, so that it must not remember what it did. */
type Waiting = {
  readonly act: () => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (trouble: unknown) => void
}

/**
 * Writes of many callers, made durable by one commit: a surge costs one sync of the disk per group and not per write.
 * Each caller hears of its result after the commit. When an act throws, all are rolled back and each is run alone, so
 * that only the one that throws fails; what is expected to be refused should return it instead.
 */
export class GroupCommit {
  readonly #sql: Sql
  readonly #collectMs: number
  #waiting: Waiting[] = []
  #timer: object | number | null = null

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
    // Others get a turn between two groups: sockets are not held up by a long queue.
    this.#timer = this.#waiting.length > 0 ? setTimeout(() => this.#commit(), 0) : null
    try {
      const results = this.#sql.transaction(() => group.map(({ act }) => act()))
      group.forEach(({ resolve }, at) => void resolve(results[at]))
    } catch {
      // Not swallowed: each is run again, and whoever throws then is told.
      for (const one of group) this.#alone(one)
    }
  }

  #alone({ act, resolve, reject }: Waiting): void {
    try {
      resolve(this.#sql.transaction(act))
    } catch (trouble) {
      reject(trouble)
    }
  }
}
