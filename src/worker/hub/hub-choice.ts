/** The most hubs that are tried for one reader. */
const triesMax = 4
/** How long a full hub is not tried again, in milliseconds. */
const fullMs = 15_000

type Region = { open: number; readonly fullSince: Map<number, number> }

/**
 * Chooses the hub of a region for a reader. There is no global count: each Worker begins with one hub, opens the next when
 * those that it knows are full, and spreads readers over the open ones. The hub itself may still refuse.
 */
export class HubChoice {
  readonly #regions = new Map<string, Region>()
  readonly #hubsMax: number
  readonly #random: () => number

  constructor(hubsMax: number, random: () => number) {
    this.#hubsMax = hubsMax
    this.#random = random
  }

  /** The hubs to try, in order. */
  candidates(name: string, nowMs: number): readonly number[] {
    const { open, fullSince } = this.#region(name)
    const isFull = (hub: number) => {
      const agoMs = nowMs - (fullSince.get(hub) ?? Number.NEGATIVE_INFINITY)
      return agoMs >= 0 && agoMs < fullMs
    }
    const known = Array.from({ length: open }, (_, hub) => hub).filter((hub) => !isFull(hub))
    const first = Math.floor(this.#random() * known.length)
    const turned = [...known.slice(first), ...known.slice(0, first)].slice(0, triesMax - 1)
    const fresh = open < this.#hubsMax ? [...turned, open] : turned
    // Only as a last resort: a hub that was full a moment ago may have space again.
    const last = [...fullSince].sort(([, a], [, b]) => a - b).map(([hub]) => hub)
    return [...new Set([...fresh, ...(open < this.#hubsMax ? [] : last)])].slice(0, triesMax)
  }

  accepted(name: string, hub: number): void {
    const region = this.#region(name)
    region.open = Math.max(region.open, hub + 1)
    region.fullSince.delete(hub)
  }

  full(name: string, hub: number, nowMs: number): void {
    const region = this.#region(name)
    region.fullSince.set(hub, nowMs)
    // Another Worker has opened it already, so the next reader should not begin here.
    region.open = Math.max(region.open, hub + 1)
  }

  #region(name: string): Region {
    const known = this.#regions.get(name)
    if (known !== undefined) return known
    const region = { open: 1, fullSince: new Map<number, number>() }
    this.#regions.set(name, region)
    return region
  }
}
