import type { AlertLog } from '../../log/log.ts'
import { aheadMsMax, aheadSentence, logAheadMs } from '../../push/outbox/log-ahead.ts'
import type { Duty } from '../alarm-duties.ts'

/** Seldom: each look wakes the object. Whoever opens the desk's alarms is told at once. */
const lookEveryMs = 60 * 60_000

type Parts = {
  readonly log: Pick<AlertLog, 'bounds' | 'after'>
  readonly now: () => number
  readonly report: (trouble: unknown, doing: string) => void
  readonly announce: (line: string) => void
}

/** Says in the Worker's log when the newest entry begins and ends to be dated ahead of the clock. */
export class LogAheadDuty implements Duty {
  readonly #parts: Parts
  #isTold = false
  #dueMs: number

  constructor(parts: Parts) {
    this.#parts = parts
    this.#dueMs = parts.now()
  }

  get dueMs(): number {
    return this.#dueMs
  }

  async act(): Promise<void> {
    const { log, now, report, announce } = this.#parts
    this.#dueMs = now() + lookEveryMs
    try {
      const aheadMs = await logAheadMs(log, now())
      const isAhead = aheadMs > aheadMsMax
      if (isAhead && !this.#isTold) report(new Error(aheadSentence(aheadMs)), 'comparing the log with the clock')
      if (!isAhead && this.#isTold) announce('The clock has caught up with the newest entry of the log.')
      this.#isTold = isAhead
    } catch (trouble) {
      report(trouble, 'comparing the log with the clock')
    }
  }
}
