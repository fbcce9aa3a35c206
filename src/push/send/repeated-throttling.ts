/** So many different endpoints that are throttled again within `windowMs` speak for their service, and not for themselves. */
const endpointsMin = 3
const windowMs = 60_000

/**
 * Tells a service that is throttled as a whole from a few endpoints that are throttled each time, such as devices that
 * have reached a limit of their own. Remembers the newest endpoints only.
 */
export class RepeatedThrottling {
  /** When each was throttled again, the newest last. */
  readonly #lastMs = new Map<string, number>()

  /** Notes that an endpoint was throttled again. Gives whether its service is throttled. */
  note(endpoint: string, nowMs: number): boolean {
    this.#lastMs.delete(endpoint)
    this.#lastMs.set(endpoint, nowMs)
    for (const [oldest] of this.#lastMs) {
      if (this.#lastMs.size <= endpointsMin) break
      this.#lastMs.delete(oldest)
    }
    // A time in the future is from before the clock was set back.
    const recent = [...this.#lastMs.values()].filter((atMs) => Math.abs(nowMs - atMs) < windowMs)
    return recent.length >= endpointsMin
  }
}
