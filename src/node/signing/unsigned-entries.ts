import { counted } from '../../domain/plural.ts'
import type { Entry } from '../../log/log.ts'
import type { EntrySigning } from '../../log/sign-entry.ts'
import type { Logger } from '../logger.ts'

/** How many entries are signed in one transaction: other connections cannot write meanwhile. */
const entriesEach = 50
/** How long a start waits until all is signed: readers are served without proofs rather than not at all. */
const startMsMax = 10_000
const progressEveryMs = 5_000
/** Between two transactions others write for as long as one took, but within these bounds. */
const pauseMs = { min: 20, max: 1_000 }
/** How often the log is asked, also when no entry without proofs was seen: another node may have appended one. */
const everyMs = 60_000

type Deps = Pick<Logger, 'warn' | 'report'> & { readonly now: () => number }

/**
 * Signs the entries that were not signed when they were appended: of a database of the version before, all of them under a
 * new epoch, or where too many were not signed. The oldest first, some in a transaction; until then they have no proof. Killed
 * in between, the next start goes on where it was. One in each service: several, on several nodes, take turns by the log's lock.
 */
export class UnsignedEntries {
  readonly #signing: Pick<EntrySigning, 'signMore'>
  readonly #deps: Deps
  #state: 'idle' | 'waiting' | 'soon' | 'signing' | 'stopped' = 'idle'
  #isAskedAgain = false
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #toldMs = 0

  constructor(signing: Pick<EntrySigning, 'signMore'>, deps: Deps) {
    this.#signing = signing
    this.#deps = deps
  }

  /** Signs for at most `startMsMax`; what is left is signed later. Rejects where the database does not answer. */
  async begin(): Promise<void> {
    const { now, warn } = this.#deps
    const begunMs = now()
    this.#toldMs = begunMs
    let left = await this.#signing.signMore(entriesEach)
    while (left > 0 && now() - begunMs < startMsMax) {
      this.#tell(left, 'The service is ready after that, or without it soon.')
      left = await this.#signing.signMore(entriesEach)
    }
    if (left > 0)
      warn(
        `Not signed yet: ${counted(left, 'entry', 'entries')}. What is not has no proof; the service goes on signing.`,
      )
    this.#wait(left > 0 ? pauseMs.min : everyMs)
  }

  /** Call for each entry: one without proofs is signed soon, with those before it. */
  note({ proofs }: Pick<Entry, 'proofs'>): void {
    if (proofs !== undefined) return
    if (this.#state === 'signing') this.#isAskedAgain = true
    if (this.#state === 'waiting') this.#wait(pauseMs.min)
  }

  /** Resolves when nothing is being signed any more. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    clearTimeout(this.#timer)
    await this.#running
  }

  #wait(ms: number): void {
    if (this.#state === 'stopped') return
    this.#state = ms === everyMs ? 'waiting' : 'soon'
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#state = 'signing'
      this.#running = this.#sign()
    }, ms)
    this.#timer.unref()
  }

  async #sign(): Promise<void> {
    const { now, report } = this.#deps
    this.#isAskedAgain = false
    const begunMs = now()
    try {
      const left = await this.#signing.signMore(entriesEach)
      if (left > 0) this.#tell(left, 'Until then they have no proof.')
      this.#wait(
        left > 0 || this.#isAskedAgain ? Math.min(pauseMs.max, Math.max(pauseMs.min, now() - begunMs)) : everyMs,
      )
    } catch (error) {
      report(error, 'signing entries')
      this.#wait(everyMs)
    }
  }

  #tell(left: number, until: string): void {
    const nowMs = this.#deps.now()
    if (nowMs - this.#toldMs < progressEveryMs) return
    this.#toldMs = nowMs
    this.#deps.warn(`Entries are being signed under this log’s identity: ${left} left. ${until}`)
  }
}
