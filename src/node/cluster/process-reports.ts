import type { Alert } from '../../domain/alert-types.ts'
import type { Interest } from '../../domain/interest.ts'
import { matches } from '../../domain/interest.ts'
import type { LiveAudience } from '../../http/api/desk/dry-run.ts'
import type { Seq } from '../../log/log.ts'
import { jittered } from '../../log/poll-jitter.ts'
import type { Alarm } from '../../push/outbox/alarms.ts'
import type { ReachedCounts } from './peers.ts'

/** What a process tells the others that share its database. */
export type ProcessReport = {
  /** How many live readers have each interest: the most frequent `interestsMax` of them. */
  readonly readers: readonly (readonly [Interest, number])[]
  readonly alarms: readonly Alarm[]
  /** Its name; absent: it is of an older version. */
  readonly processId?: string
  /** Whether it sends pushes. */
  readonly sends: boolean
  /** The VAPID key that browsers subscribe with there. */
  readonly vapidKeyId: string
  /** SHA-256 of its newsroom; absent: it is of an older version. */
  readonly newsroomHash?: string
  /** How many of its streams each of the newest changes was written to. */
  readonly reached?: readonly (readonly [Seq, ReachedCounts])[]
}

/** Where the reports are. */
export type ReportStore = {
  report(report: ProcessReport): Promise<void>
  /** Those of the other processes that are alive. */
  others(): Promise<readonly ProcessReport[]>
  /** Asks them for new ones; `silent`: how many gave none in time. */
  ask(): Promise<{ readonly reports: readonly ProcessReport[]; readonly silent: number }>
  leave(): Promise<void>
}

/** More interests than a service's readers usually have; with more, the number of readers is a lower bound. */
export const interestsMax = 500
const everyMs = 1_000
/** The shortest time between two reports, however many wake-ups come. */
const soonMs = 20

type Deps = {
  readonly store: ReportStore
  readonly own: () => ProcessReport
  /** Called with the others' reports about once a second. */
  readonly onReports: (others: readonly ProcessReport[]) => void
}

/**
 * Exchanges reports with all other processes that share the database, on whatever machine, about once a second. An error is passed
 * over: the state of the database is watched elsewhere.
 */
export class ProcessReports {
  readonly #deps: Deps
  #others: readonly ProcessReport[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #running: Promise<void> = Promise.resolve()
  #state: 'open' | 'closed' = 'open'
  #isAsked = false
  #isExchanging = false

  constructor(deps: Deps) {
    this.#deps = deps
    this.#next(0)
  }

  async #exchange(): Promise<void> {
    const { store, own, onReports } = this.#deps
    this.#isAsked = false
    this.#isExchanging = true
    try {
      await store.report(own())
      this.#others = await store.others()
      onReports(this.#others)
    } catch {
      // The last reports stand until the next ones.
    }
    this.#isExchanging = false
    this.#next(this.#isAsked ? soonMs : jittered(everyMs, Math.random()))
  }

  /** Reports soon: another process may ask for it. */
  soon(): void {
    if (!this.#isExchanging) this.#next(soonMs)
    this.#isAsked = true
  }

  #next(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#state === 'closed') return
    this.#timer = setTimeout(() => {
      this.#running = this.#exchange()
    }, ms)
    this.#timer.unref()
  }

  /** How many readers of the other processes would be sent an alert. Those that do not answer are left out. */
  async audienceOf(alert: Alert): Promise<LiveAudience> {
    const byLanguage = new Map<string, number>()
    const { reports, silent } = await this.#deps.store.ask()
    for (const [interest, count] of reports.flatMap(({ readers }) => readers)) {
      const language = matches(interest, alert)
      if (language !== null) byLanguage.set(language, (byLanguage.get(language) ?? 0) + count)
    }
    return { byLanguage, atLeast: silent > 0 || reports.some(({ readers }) => readers.length >= interestsMax) }
  }

  /** The alarms of the other processes. */
  get alarms(): readonly Alarm[] {
    return this.#others.flatMap(({ alarms }) => alarms)
  }

  async stop(): Promise<void> {
    this.#state = 'closed'
    clearTimeout(this.#timer)
    await this.#running
    // Without it, this process would count until it has been silent for long enough.
    await this.#deps.store.leave().catch(() => {})
  }
}
