/** Someone who waits for a place; who has given up is passed over. */
type Waiting = { readonly enter: () => void; state: 'waiting' | 'gone' }

/** Places for those who work at once; who finds none waits, the pressing before the others. */
export class Semaphore {
  readonly #limit: () => number
  #taken = 0
  readonly #pressing: Waiting[] = []
  readonly #waiting: Waiting[] = []

  /** The limit may change; it is asked whenever a place is wanted or left. */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  get idle(): boolean {
    return this.#taken === 0 && this.#pressing.length === 0 && this.#waiting.length === 0
  }

  /**
   * Waits for a place, but no longer than asked; gives whether there was one. Each `enter` that had one needs its
   * `leave`; what waits is bounded by those who call.
   */
  async enter(isPressing = false, waitMsMost = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (this.#taken < this.#limit()) {
      this.#taken += 1
      return true
    }
    // Awaited here, so that callers go on in the order in which places became free.
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
      const timer = Number.isFinite(waitMsMost) ? setTimeout(giveUp, waitMsMost) : null
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
