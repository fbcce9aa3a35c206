import type { AlertLog } from '../../log/log.ts'
import type { Alarm } from '../../push/outbox/alarms.ts'
import { aheadMsMax, aheadSentence, logAheadMs } from '../../push/outbox/log-ahead.ts'
import type { Logger } from '../logger.ts'

const lookMs = 60_000

type Deps = {
  readonly log: Pick<AlertLog, 'bounds' | 'after'>
  readonly now: () => number
  readonly logger: Pick<Logger, 'alert' | 'warn' | 'report'>
}

/** Checks once a minute whether the log's newest entry is dated ahead of the clock, and logs when that begins and ends. */
export class LogAheadWatch {
  readonly #deps: Deps
  #aheadMs = 0
  #isReported = false
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Checks now, and from now on. One of all processes does. */
  async begin(): Promise<void> {
    this.#timer = setInterval(() => void this.look(), lookMs)
    this.#timer.unref()
    await this.look()
  }

  /** How far ahead the log was at the last check, in milliseconds. */
  get seconds(): number {
    return this.#aheadMs / 1_000
  }

  /** The alarm of the last check, if there was one, for the count of alarms. */
  alarms(): readonly Pick<Alarm, 'kind'>[] {
    return this.#isReported ? [{ kind: 'ahead' }] : []
  }

  /** Never rejects: errors are reported. */
  async look(): Promise<void> {
    const { log, now, logger } = this.#deps
    try {
      this.#aheadMs = await logAheadMs(log, now())
    } catch (error) {
      logger.report(error, 'comparing the log with the clock')
      return
    }
    const isAhead = this.#aheadMs > aheadMsMax
    if (isAhead && !this.#isReported) logger.alert(aheadSentence(this.#aheadMs))
    if (!isAhead && this.#isReported) logger.warn('The clock has caught up with the newest entry of the log.')
    this.#isReported = isAhead
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
