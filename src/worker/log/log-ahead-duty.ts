import type { AlertLog } from '../../log/log.ts'
import { aheadMsMax, aheadSentence, logAheadMs } from '../../push/outbox/log-ahead.ts'
import type { AlarmDuty } from '../alarm-duties.ts'

/** Rarely, because each check wakes the object. The desk's alarms are always current. */
const lookEveryMs = 60 * 60_000

type Deps = {
  readonly log: Pick<AlertLog, 'bounds' | 'after'>
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
  readonly announce: (line: string) => void
}

/** Writes to the Worker's log when the newest entry begins and ends to be dated ahead of the clock. */
export class LogAheadDuty implements AlarmDuty {
  readonly #deps: Deps
  #isReported = false
  #dueMs: number

  constructor(deps: Deps) {
    this.#deps = deps
    this.#dueMs = deps.now()
  }

  get dueMs(): number {
    return this.#dueMs
  }

  async act(): Promise<void> {
    const { log, now, report, announce } = this.#deps
    this.#dueMs = now() + lookEveryMs
    try {
      const aheadMs = await logAheadMs(log, now())
      const isAhead = aheadMs > aheadMsMax
      if (isAhead && !this.#isReported) report(new Error(aheadSentence(aheadMs)), 'comparing the log with the clock')
      if (!isAhead && this.#isReported) announce('The clock has caught up with the newest entry of the log.')
      this.#isReported = isAhead
    } catch (error) {
      report(error, 'comparing the log with the clock')
    }
  }
}
