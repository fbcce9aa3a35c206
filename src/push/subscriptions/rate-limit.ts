const namesMax = 100_000

/**
 * A fixed-window rate limit for each name, counted in memory. Beyond a number of names, all further ones share one
 * count, so that a flood limits itself and does not fill the memory.
 */
export class RateLimit {
  readonly #limit: number
  readonly #windowMs: number
  #counts = new Map<string, number>()
  #window = 0

  /** `most` 0: no limit. */
  constructor(limit: number, windowMs: number) {
    this.#limit = limit
    this.#windowMs = windowMs
  }

  /** Counts one call. Null when it is within the limit, else the milliseconds until the next window. */
  take(name: string, nowMs: number): number | null {
    if (this.#limit === 0) return null
    const window = Math.floor(nowMs / this.#windowMs)
    if (window !== this.#window) {
      this.#window = window
      this.#counts = new Map()
    }
    const counted = this.#counts.has(name) || this.#counts.size < namesMax ? name : ''
    const count = this.#counts.get(counted) ?? 0
    if (count >= this.#limit) return (window + 1) * this.#windowMs - nowMs
    this.#counts.set(counted, count + 1)
    return null
  }
}
