import type { HubLimits } from './hub-limits.ts'

/** How many subscribers are handled between two reads of the clock. */
const lookEvery = 100

type Deps = {
  /** Unix milliseconds. */
  readonly now: () => number
  /** Runs a function after pending I/O events (`setImmediate`). */
  readonly soon: (act: () => void) => void
  readonly limits: Pick<HubLimits, 'sliceReadersMax' | 'sliceMsMax'>
}

/**
 * Cooperative time slicing: runs work in slices and yields to the event loop between two. A slice lasts for
 * `sliceReadersMax` subscribers, or for as long as the event loop was busy with other work just before, if that is
 * longer. So while thousands reconnect, half of the time still goes to live subscribers.
 */
export class TimeSlice {
  readonly #now: Deps['now']
  readonly #soon: Deps['soon']
  readonly #readersMax: number
  readonly #msMax: number
  readonly #act: () => void
  #asked = false
  #beganAt = 0
  #othersMs = 0
  #done = 0
  #hasTime = false

  constructor({ now, soon, limits }: Deps, act: () => void) {
    this.#now = now
    this.#soon = soon
    this.#readersMax = limits.sliceReadersMax
    this.#msMax = limits.sliceMsMax
    this.#act = act
  }

  /** Schedules a time slice, unless one is scheduled already. */
  ask(): void {
    if (this.#asked) return
    this.#asked = true
    const askedAt = this.#now()
    this.#soon(() => {
      this.#asked = false
      this.#beganAt = this.#now()
      this.#othersMs = Math.min(this.#beganAt - askedAt, this.#msMax)
      this.#done = 0
      this.#act()
    })
  }

  /** Whether another subscriber may be handled in this time slice. */
  lasts(): boolean {
    this.#done += 1
    const beyond = this.#done - this.#readersMax
    if (beyond <= 0) return true
    // Past `sliceReadersMax` the clock is read once in `lookEvery` calls only: reading it costs time too.
    if (beyond % lookEvery === 1) this.#hasTime = this.#isInTime()
    return this.#hasTime
  }

  /** A clock that was set back ends the time slice. */
  #isInTime(): boolean {
    const passedMs = this.#now() - this.#beganAt
    return passedMs >= 0 && passedMs < this.#othersMs
  }
}
