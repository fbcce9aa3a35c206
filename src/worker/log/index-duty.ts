import type { SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import type { AlarmDuty } from '../alarm-duties.ts'

/** The entries indexed at one alarm, which takes a small part of the time that an alarm may take. */
const entriesEach = 500
const retryMs = 1_000

type Log = Pick<SqliteLog, 'indexMore' | 'isIndexed'>

/** Indexes the entries of a log that is older than its index, some at each alarm. */
export class IndexDuty implements AlarmDuty {
  readonly #log: Log
  readonly #now: () => number
  readonly #report: (error: unknown, doing: string) => void
  #dueMs: number | null

  constructor(log: Log, now: () => number, report: (error: unknown, doing: string) => void) {
    this.#log = log
    this.#now = now
    this.#report = report
    this.#dueMs = log.isIndexed ? null : now()
  }

  get dueMs(): number | null {
    return this.#dueMs
  }

  async act(): Promise<void> {
    try {
      this.#dueMs = (await this.#log.indexMore(entriesEach)) ? null : this.#now()
    } catch (error) {
      this.#dueMs = this.#now() + retryMs
      this.#report(error, 'indexing the log')
    }
  }
}
