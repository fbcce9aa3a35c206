/** A waiting caller. One that has timed out is skipped. */
type Waiting = { readonly enter: () => void; state: 'waiting' | 'gone' }

/** A semaphore with two priorities: when no permit is free, callers wait, and urgent ones come first. */
export class Semaphore {
  readonly #limit: () => number
  #taken = 0
  readonly #pressing: Waiting[] = []
  readonly #waiting: Waiting[] = []

  /** `limit` gives the present limit. It is read at each `enter` and `leave`. */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  get idle(): boolean {
    return this.#taken === 0 && this.#pressing.length === 0 && this.#waiting.length === 0
  }

  /**
   * Waits for a permit, at most the given time in milliseconds; gives whether there is one. Each `enter` that gave true
   * needs its `leave`. Callers bound the number of waiting calls.
   */
  async enter(isPressing = false, waitMsMax = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (this.#taken < this.#limit()) {
      this.#taken += 1
      return true
    }
    // Awaited here, so that callers continue in the order in which permits became free.
    const isIn = await new Promise<boolean>((resolve) => {
      const enter = (): void => {
        if (timer !== null) clearTimeout(timer)
        resolve(true)
      }
      const one: Waiting = { enter, state: 'waiting' }
      const giveUp = (): void => {
        one.state = 'gone'
        resolve(false)
      }
      const timer = Number.isFinite(waitMsMax) ? setTimeout(giveUp, waitMsMax) : null
      const queue = isPressing ? this.#pressing : this.#waiting
      queue.push(one)
    })
    return isIn
  }

  leave(): void {
    this.#taken -= 1
    while (this.#taken < this.#limit()) {
      const next = this.#pressing.shift() ?? this.#waiting.shift()
      if (next === undefined) return
      if (next.state === 'gone') continue
      this.#taken += 1
      next.enter()
    }
  }
}
