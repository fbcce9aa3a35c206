import type { Items } from '../../desk/items/items.ts'
import type { AlarmDuty } from '../alarm-duties.ts'

const retryMs = 2_000

/** Publishes the desk's held and scheduled items when their time has come. */
export class ReleaseDuty implements AlarmDuty {
  readonly #now: () => number
  readonly #report: (error: unknown, doing: string) => void
  #items: Pick<Items, 'release'> | null = null
  #dueMs: number | null = null

  constructor(now: () => number, report: (error: unknown, doing: string) => void) {
    this.#now = now
    this.#report = report
  }

  /** After a start, what was due meanwhile is looked for. */
  begin(items: Pick<Items, 'release'>): void {
    this.#items = items
    this.look()
  }

  /** An item has changed: the next alarm is set by what waits now. */
  look(): void {
    this.#dueMs = this.#now()
  }

  get dueMs(): number | null {
    return this.#dueMs
  }

  async act(): Promise<void> {
    try {
      const next = (await this.#items?.release()) ?? null
      // What is due and could not be released now, such as during a pause, is tried again.
      const now = this.#now()
      this.#dueMs = next === null ? null : Date.parse(next) > now ? Date.parse(next) : now + retryMs
    } catch (error) {
      this.#dueMs = this.#now() + retryMs
      this.#report(error, "releasing the desk's items")
    }
  }
}
