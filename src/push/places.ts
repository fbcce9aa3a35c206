/** Places for those who work at once; who finds none waits, the pressing before the others. */
export class Places {
  readonly #limit: () => number
  #taken = 0
  readonly #pressing: (() => void)[] = []
  readonly #waiting: (() => void)[] = []

  /** The limit may change; it is asked whenever a place is wanted or left. */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  get idle(): boolean {
    return this.#taken === 0 && this.#pressing.length === 0 && this.#waiting.length === 0
  }

  /** Waits for a place. Each `enter` needs its `leave`; what waits is bounded by those who call. */
  async enter(isPressing = false): Promise<void> {
    if (this.#taken < this.#limit()) {
      this.#taken += 1
      return
    }
    await new Promise<void>((resolve) => (isPressing ? this.#pressing : this.#waiting).push(resolve))
  }

  leave(): void {
    this.#taken -= 1
    while (this.#taken < this.#limit()) {
      const next = this.#pressing.shift() ?? this.#waiting.shift()
      if (next === undefined) return
      this.#taken += 1
      next()
    }
  }
}
