import type { Newsroom } from '../../domain/newsroom.ts'
import { Hub } from '../../hub/hub.ts'
import type { HubLimits } from '../../hub/hub-limits.ts'
import type { Bounds, Cursor, Entry, Seq } from '../../log/log.ts'
import type { Upstream } from '../rpc.ts'
import { ReadAhead } from './read-ahead.ts'

const pageEntries = 256

type Deps = {
  readonly upstream: Pick<Upstream, 'after'>
  readonly newsroom: Newsroom
  readonly limits: Partial<HubLimits>
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
  /** The readers have been told of all up to a new head: in the same step, so that nobody sleeps between the two. */
  readonly moved: () => void
}

/**
 * A hub that follows the log by wake-ups. A whole sweep is one step: an object serves few thousand readers, and whoever is
 * told later than another in the same object must not meet an answer of the platform in between.
 */
export class LiveHub {
  readonly hub: Hub
  readonly #deps: Deps
  readonly #ahead: ReadAhead
  #pulling: Promise<void> | null = null
  #woken = false

  constructor(deps: Deps, bounds: Bounds, recent: readonly Entry[] = []) {
    this.#deps = deps
    this.#ahead = new ReadAhead(deps.upstream)
    this.hub = new Hub({
      bounds,
      recent,
      log: this.#ahead,
      newsroom: deps.newsroom,
      now: deps.now,
      soon: (act) => act(),
      report: deps.report,
      limits: { ...deps.limits, sliceReadersMax: Number.POSITIVE_INFINITY },
    })
  }

  /** Reads on until nothing more is there; gives the head. A call during a read makes it look once more. */
  async pull(): Promise<Seq> {
    this.#woken = true
    this.#pulling ??= this.#pull().finally(() => {
      this.#pulling = null
    })
    await this.#pulling
    return this.hub.bounds.head
  }

  async #pull(): Promise<void> {
    while (this.#woken) {
      this.#woken = false
      const page = await this.#deps.upstream.after(this.hub.bounds.head, pageEntries)
      for (const entry of page) this.hub.deliver(entry)
      if (page.length === 0) continue
      this.#deps.moved()
      this.#woken = true
    }
  }

  /** Makes ready for a reader: from here on they can be brought up to the head without waiting. */
  async prepare(after: Cursor | 'now' | undefined): Promise<void> {
    if (after === undefined || after === 'now') return
    const { epoch, head } = this.hub.bounds
    if (after.epoch !== epoch) return
    // The cursor came from another hub, and this hub has not been woken for that entry yet.
    if (after.seq > head) await this.pull()
    await this.#ahead.load(after, this.hub.bounds.head, this.hub.limits.replayEntriesMax)
  }
}
