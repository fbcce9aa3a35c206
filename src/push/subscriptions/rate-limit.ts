const namesMax = 100_000

/**
 * So many a window for each name, counted in memory only. When there are more names than are counted one by one,
 * the rest are counted as one: a flood slows itself and does not fill the memory.
 */
export class RateLimit {
  readonly #most: number
  readonly #windowMs: number
  #counts = new Map<string, number>()
  #window = 0

  /** `most` 0: no limit. */
  constructor(most: number, windowMs: number) {
    this.#most = most
    this.#windowMs = windowMs
  }

  /** Takes one; null when there was one left, else how long until there is again, in milliseconds. */
  take(name: string, nowMs: number): number | null {
    if (this.#most === 0) return null
    const window = Math.floor(nowMs / this.#windowMs)
    if (window !== this.#window) {
      this.#window = window
      this.#counts = new Map()
    }
    const counted = this.#counts.has(name) || this.#counts.size < namesMax ? name : ''
    const count = this.#counts.get(counted) ?? 0
    if (count >= this.#most) return (window + 1) * this.#windowMs - nowMs
    this.#counts.set(counted, count + 1)
    return null
  }
}
