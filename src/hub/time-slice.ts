import type { HubLimits } from './hub-limits.ts'

/** How many are handled between two looks at the clock. */
const lookEvery = 100

type Deps = {
  readonly now: () => number
  /** Acts a little later, after the network had its turn. */
  readonly soon: (act: () => void) => void
  readonly limits: Pick<HubLimits, 'sliceReadersMax' | 'sliceMsMax'>
}

/**
 * The sweep's turns: between two of them the network has its own. A turn lasts for so many readers; or as long as the
 * others just took, if that is longer: however many come back in a storm, half of the time is for those who are live.
 */
export class TimeSlice {
  readonly #deps: Deps
  readonly #act: () => void
  #asked = false
  #beganAt = 0
  #othersMs = 0
  #done = 0
  #hasTime = false

  constructor(deps: Deps, act: () => void) {
    this.#deps = deps
    this.#act = act
  }

  /** There is something to do: takes a turn soon, unless one has been asked for already. */
  ask(): void {
    if (this.#asked) return
    this.#asked = true
    const { now, soon, limits } = this.#deps
    const askedAt = now()
    soon(() => {
      this.#asked = false
      this.#beganAt = now()
      this.#othersMs = Math.min(this.#beganAt - askedAt, limits.sliceMsMax)
      this.#done = 0
      this.#act()
    })
  }

  /** Whether another reader may be handled in this turn. */
  lasts(): boolean {
    this.#done += 1
    const beyond = this.#done - this.#deps.limits.sliceReadersMax
    if (beyond <= 0) return true
    // Beyond the usual the clock is looked at now and then only: it is not free either.
    if (beyond % lookEvery === 1) this.#hasTime = this.#isInTime()
    return this.#hasTime
  }

  /** A clock that was set back meanwhile ends the turn. */
  #isInTime(): boolean {
    const passedMs = this.#deps.now() - this.#beganAt
    return passedMs >= 0 && passedMs < this.#othersMs
  }
}
