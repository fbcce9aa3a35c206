/** How many at once, and how many a second in the long run. */
export type TokenBucketLimits = { readonly burst: number; readonly perSecond: number }

/** A token bucket: as many as `burst` at once, and no more than `perSecond` on average. */
export class TokenBucket {
  readonly #limits: TokenBucketLimits
  #tokens: number
  #filledMs: number

  constructor(limits: TokenBucketLimits, nowMs: number) {
    this.#limits = limits
    this.#tokens = limits.burst
    this.#filledMs = nowMs
  }

  /** Takes one. False: there is none left. */
  take(nowMs: number): boolean {
    const { burst, perSecond } = this.#limits
    // A clock that was set back fills nothing.
    const passedMs = Math.max(0, nowMs - this.#filledMs)
    this.#tokens = Math.min(burst, this.#tokens + (passedMs / 1_000) * perSecond)
    this.#filledMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
