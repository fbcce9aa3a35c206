/** At most so many acts at a time, counted in memory only: a flood is turned away before it costs anything. */
export class AtOnce {
  readonly #most: number
  #running = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Runs an act; gives null and runs nothing when there is no room. */
  async run<Result>(act: () => Promise<Result>): Promise<Result | null> {
    if (this.#running >= this.#most) return null
    this.#running += 1
    try {
      return await act()
    } finally {
      this.#running -= 1
    }
  }
}
