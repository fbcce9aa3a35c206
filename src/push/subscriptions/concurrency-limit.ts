/** At most so many acts at a time, counted in memory only: a flood is turned away before it costs anything. */
export class ConcurrencyLimit {
  readonly #most: number
  readonly #byName = new Map<string, number>()
  #running = 0

  constructor(most: number) {
    this.#most = most
  }

  /**
   * Runs an act for somebody; runs nothing when there is no room, for anybody or for them: from half on, each has an eighth,
   * so that nobody alone can take what all need.
   */
  async run<Result>(name: string, act: () => Promise<Result>): Promise<Result | 'full' | 'share'> {
    const own = this.#byName.get(name) ?? 0
    if (this.#running >= this.#most) return 'full'
    if (this.#running >= this.#most / 2 && own >= this.#most / 8) return 'share'
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
