/** Limits concurrent calls, counted in memory. A call beyond the limit is refused before it does any work. */
export class ConcurrencyLimit {
  readonly #limit: number
  readonly #byName = new Map<string, number>()
  #running = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Runs a call for a requester, or refuses it at the limit. Once half of the limit is in use, each requester may have
   * an eighth of it, so that no single one can use up all.
   */
  async run<Result>(name: string, act: () => Promise<Result>): Promise<Result | 'full' | 'share'> {
    const own = this.#byName.get(name) ?? 0
    if (this.#running >= this.#limit) return 'full'
    if (this.#running >= this.#limit / 2 && own >= this.#limit / 8) return 'share'
    this.#running += 1
    this.#byName.set(name, own + 1)
    try {
      return await act()
    } finally {
      this.#running -= 1
      const left = (this.#byName.get(name) ?? 1) - 1
      if (left > 0) this.#byName.set(name, left)
      else this.#byName.delete(name)
    }
  }
}
