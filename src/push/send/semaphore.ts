/** A waiting caller. One that has timed out is skipped. */
type Waiter = { readonly grant: () => void; state: 'waiting' | 'timed-out' }

/** A semaphore with two priorities: when no permit is free, callers wait, and urgent ones come first. */
export class Semaphore {
  readonly #limit: () => number
  #permitsInUse = 0
  readonly #highPriority: Waiter[] = []
  readonly #normalPriority: Waiter[] = []

  /** `limit` gives the present limit. It is read at each `acquire` and `release`. */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  /** Whether no permit is in use and no caller waits. */
  get isIdle(): boolean {
    return this.#permitsInUse === 0 && this.#highPriority.length === 0 && this.#normalPriority.length === 0
  }

  /**
   * Waits for a permit, at most the given time in milliseconds; gives whether there is one. Each `acquire` that gave
   * true needs its `release`. Callers bound the number of waiting calls.
   */
  async acquire(isHighPriority = false, waitMsMax = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (this.#permitsInUse < this.#limit()) {
      this.#permitsInUse += 1
      return true
    }
    // Awaited here, so that callers continue in the order in which permits became free.
    const acquired = await new Promise<boolean>((resolve) => {
      const grant = (): void => {
        if (timer !== null) clearTimeout(timer)
        resolve(true)
      }
      const waiter: Waiter = { grant, state: 'waiting' }
      const giveUp = (): void => {
        waiter.state = 'timed-out'
        resolve(false)
      }
      const timer = Number.isFinite(waitMsMax) ? setTimeout(giveUp, waitMsMax) : null
      const queue = isHighPriority ? this.#highPriority : this.#normalPriority
      queue.push(waiter)
    })
    return acquired
  }

  release(): void {
    this.#permitsInUse -= 1
    while (this.#permitsInUse < this.#limit()) {
      const next = this.#highPriority.shift() ?? this.#normalPriority.shift()
      if (next === undefined) return
      if (next.state === 'timed-out') continue
      this.#permitsInUse += 1
      next.grant()
    }
  }
}
