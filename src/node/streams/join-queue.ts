/** Nobody waits longer than this, however many alerts follow each other. */
const waitMsMax = 1_000
/** So many are let in between two turns of the network. */
const eachTurn = 64

type Deps = {
  /** `sweeping`: not all who are live have been told of the newest entry yet. */
  readonly hub: { readonly sweeping: boolean }
  readonly now: () => number
  /** Acts a little later, after the network had its turn. */
  readonly soon: (act: () => void) => void
}

/**
 * Lets those who come wait while the live are being told: in a storm of returning readers an alert goes out first, and
 * they find it in their replay. In quiet nobody waits.
 */
export class JoinQueue {
  readonly #deps: Deps
  #waiting: (() => void)[] = []
  #since = 0

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Whether those who are live are being told, or others came before. */
  get mustWait(): boolean {
    return this.#deps.hub.sweeping || this.#waiting.length > 0
  }

  /** Resolves when it is one's turn: at once in quiet. */
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
    // A clock that was set back lets them in.
    if (!hub.sweeping || waitedMs < 0 || waitedMs > waitMsMax) {
      for (const resolve of this.#waiting.slice(0, eachTurn)) resolve()
      this.#waiting = this.#waiting.slice(eachTurn)
    }
    if (this.#waiting.length > 0) soon(() => this.#go())
  }
}
