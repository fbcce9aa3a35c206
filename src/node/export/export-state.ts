import type { Alarms } from '../../push/outbox/alarms.ts'
import type { Logger } from '../logger.ts'
import type { Ran } from './export-loop.ts'

/** One is due every five minutes, when the time of the bundles is another. */
const oldMs = 15 * 60_000

type Deps = {
  readonly folder: string
  readonly logger: Pick<Logger, 'alert' | 'warn'>
  readonly alarms: Pick<Alarms, 'raise' | 'end'>
  readonly now: () => number
}

/** How the exports into a folder go: counted, logged, and an alarm while they do not succeed. */
export class ExportState {
  readonly counts = { done: 0, failed: 0 }
  readonly #deps: Deps
  #said: string | null = null
  #doneAt: number

  constructor(deps: Deps) {
    this.#deps = deps
    this.#doneAt = deps.now()
  }

  /** Whether the last run succeeded, or none has ended yet; and the last one that did is not long ago, as where a disk hangs. */
  get isOk(): boolean {
    return this.#said === null && !this.#isOld
  }

  get #isOld(): boolean {
    return this.#deps.now() - this.#doneAt >= oldMs
  }

  /** A run has ended. */
  told(ran: Ran): void {
    if (ran.kind === 'waits') return
    this.counts[ran.kind] += 1
    if (ran.kind === 'done') this.#succeed()
    else this.#fail(ran.why)
  }

  /** Call again and again: a run that hangs tells nothing. */
  look(): void {
    if (this.#said === null && this.#isOld)
      this.#raise('has not been finished for 15 minutes. Does its disk, or the database, still answer?')
  }

  #succeed(): void {
    const { folder, logger, alarms, now } = this.#deps
    this.#doneAt = now()
    alarms.end('export')
    if (this.#said !== null) logger.warn(`The export in ${folder} is up to date again.`)
    this.#said = null
  }

  #fail(why: string): void {
    const { folder, logger } = this.#deps
    // Each reason once, however often it is tried.
    if (this.#said !== why) logger.alert(`The export in ${folder} could not be written: ${why} It is tried again.`)
    this.#said = why
    // Of an unknown error, `why` has the stack, which is for the log.
    this.#raise(`could not be written: ${why.split('\n')[0]} It is tried again.`)
  }

  /** There is one alarm of the export at a time. */
  #raise(what: string): void {
    const { folder, alarms } = this.#deps
    alarms.end('export')
    alarms.raise({ kind: 'export', host: null, detail: `The export in ${folder} ${what}` })
  }
}
