/** The longest wait in milliseconds, however many alerts follow each other. */
const waitMsMax = 1_000
/** How many are admitted between two turns of the event loop. */
const eachTurn = 64

type Deps = {
  /** `sweeping`: some live readers have not been sent the newest entry yet. */
  readonly hub: { readonly sweeping: boolean }
  readonly now: () => number
  /** Runs `act` in a later turn of the event loop, after pending I/O. */
  readonly soon: (act: () => void) => void
}

/**
 * Makes joining readers wait while a sweep is running. In a storm of returning readers the alert is sent to live
 * readers first, and those who join find it in their replay. Without a sweep there is no wait.
 */
export class JoinQueue {
  readonly #deps: Deps
  #waiting: (() => void)[] = []
  #since = 0

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Whether a sweep is running, or others are waiting already. */
  get mustWait(): boolean {
    return this.#deps.hub.sweeping || this.#waiting.length > 0
  }

  /** Resolves when the caller may join: at once when there is no sweep and no queue. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.mustWait) return resolve()
      if (this.#waiting.push(resolve) > 1) return
      this.#since = this.#deps.now()
      this.#deps.soon(() => this.#go())
    })
  }

  #go(): void {
    const { hub, now, soon } = this.#deps
    const waitedMs = now() - this.#since
    // When the clock was set back, the wait ends.
    if (!hub.sweeping || waitedMs < 0 || waitedMs > waitMsMax) {
      for (const resolve of this.#waiting.slice(0, eachTurn)) resolve()
      this.#waiting = this.#waiting.slice(eachTurn)
    }
    if (this.#waiting.length > 0) soon(() => this.#go())
  }
}
