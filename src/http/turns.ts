/**
 * Lets a few go on in each turn of the event loop, in the order of their coming: what comes in a crowd leaves room
 * for what must not wait.
 */
export class Turns {
  readonly #each: number
  readonly #soon: (act: () => void) => void
  readonly #waiting: (() => void)[] = []

  /** `soon` runs a function after the network had its turn. */
  constructor(each: number, soon: (act: () => void) => void) {
    this.#each = each
    this.#soon = soon
  }

  /** Resolves in a turn of its own or of a few. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) this.#soon(() => this.#go())
    })
  }

  #go(): void {
    for (const resolve of this.#waiting.slice(0, this.#each)) resolve()
    this.#waiting.splice(0, this.#each)
    if (this.#waiting.length > 0) this.#soon(() => this.#go())
  }
}
