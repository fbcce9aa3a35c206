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
  /** Called in the step in which the readers were sent everything up to a new head, so that no hibernation comes between. */
  readonly moved: () => void
  /** Called before readers are sent entries: ends the streams whose time has come. */
  readonly endDue: () => void
}

/**
 * A hub that follows the log by wake-ups. A whole sweep is one synchronous step. An object has only some thousands of
 * readers, and the platform must not answer a ping with the new head before a reader has been sent its entries.
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

  /** Reads the log to its head, and gives that. A call during a read makes it read once more. */
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
      if (page.length > 0) this.#deps.endDue()
      for (const entry of page) this.hub.deliver(entry)
      if (page.length === 0) continue
      this.#deps.moved()
      this.#woken = true
    }
  }

  /** Reads what a reader with this cursor needs, so that the replay needs no further wait. */
  async prepare(after: Cursor | 'now' | undefined): Promise<void> {
    if (after === undefined || after === 'now') return
    const { epoch, head } = this.hub.bounds
    if (after.epoch !== epoch) return
    // The cursor came from another hub, and this hub has not been woken for that entry yet.
    if (after.seq > head) await this.pull()
    await this.#ahead.load(after, this.hub.bounds.head, this.hub.limits.replayEntriesMax)
  }
}
