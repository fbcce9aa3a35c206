import type { World } from '../platform.ts'

/** While a list is not older than this it is not asked for again. */
const freshMs = 60 * 60_000
/** Many clients that come back to a service at once ask it spread over this time. */
const spreadMs = 60_000
/** After it was asked for in vain, and longer each time up to `freshMs`. */
const retryMs = 60_000

/** Asks the service for its list of mirrors while it is there: at once the first time, later when the client comes back. */
export class ListRefresh {
  readonly #world: Pick<World, 'now' | 'random' | 'later'>
  readonly #ask: () => Promise<boolean>
  #learntAt: number | undefined
  #retryMs = retryMs
  #isLive = false
  #cancelTimer: () => void = () => {}

  /** `ask`: gives whether there was an answer. */
  constructor(world: Pick<World, 'now' | 'random' | 'later'>, ask: () => Promise<boolean>) {
    this.#world = world
    this.#ask = ask
  }

  /** The service is there. */
  live(): void {
    this.#isLive = true
    const { now, random, later } = this.#world
    this.#cancelTimer()
    if (this.#learntAt === undefined) void this.#try()
    // Without a sign: after a clock was set back it would not be asked for long.
    else if (Math.abs(now() - this.#learntAt) >= freshMs)
      this.#cancelTimer = later(random() * spreadMs, () => void this.#try())
  }

  /** The service is not there, or nobody listens any more. */
  away(): void {
    this.#isLive = false
    this.#cancelTimer()
  }

  async #try(): Promise<void> {
    const isAnswered = await this.#ask().catch(() => false)
    if (isAnswered) {
      this.#learntAt = this.#world.now()
      this.#retryMs = retryMs
    } else if (this.#isLive) {
      this.#cancelTimer()
      this.#cancelTimer = this.#world.later(this.#retryMs, () => void this.#try())
      this.#retryMs = Math.min(this.#retryMs * 2, freshMs)
    }
  }
}
