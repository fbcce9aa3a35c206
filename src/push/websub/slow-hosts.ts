/** An attempt that takes longer makes its host a slow one. */
const slowMs = 3_000
/** How long a host counts as slow; each slow attempt renews it. */
const slowForMs = 10 * 60_000
const hostsMax = 2_000

/** Hosts of callbacks that answered slowly of late: they may hold only some of the places, so that the others wait for nobody. */
export class SlowHosts {
  /** Until when each counts as slow (milliseconds), the one that was slow longest ago first. */
  readonly #untilMs = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Waits for an attempt, and notes how long it took. */
  async timed<Result>(host: string, attempt: Promise<Result>): Promise<Result> {
    const begunMs = this.#now()
    try {
      return await attempt
    } finally {
      this.#untilMs.delete(host)
      const nowMs = this.#now()
      if (nowMs - begunMs > slowMs) this.#untilMs.set(host, nowMs + slowForMs)
      const [oldest] = this.#untilMs.keys()
      if (this.#untilMs.size > hostsMax && oldest !== undefined) this.#untilMs.delete(oldest)
    }
  }

  /** Those that count as slow now. */
  get hosts(): ReadonlySet<string> {
    const nowMs = this.#now()
    // Also after the clock was set back.
    for (const [host, untilMs] of this.#untilMs)
      if (untilMs <= nowMs || untilMs > nowMs + slowForMs) this.#untilMs.delete(host)
    return new Set(this.#untilMs.keys())
  }
}
