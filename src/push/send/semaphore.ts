/** Callers that began to wait in one turn, for the same time: one timer serves all of them. */
type Round = { readonly waitMsMax: number; readonly waiters: Waiter[]; left: number; timer: Timer | null }
type Timer = ReturnType<typeof setTimeout>

/** A waiting caller. One that has timed out is skipped. */
type Waiter = { readonly resolve: (acquired: boolean) => void; readonly round: Round | null; state: State }
type State = 'waiting' | 'granted' | 'timed-out'

/** A semaphore with two priorities: when no permit is free, callers wait, and urgent ones come first. */
export class Semaphore {
  readonly #limit: () => number
  #permitsInUse = 0
  #waiting = 0
  readonly #highPriority: Waiter[] = []
  readonly #normalPriority: Waiter[] = []
  #round: Round | null = null

  /** `limit` gives the present limit. It is read at each `acquire` and `release`. */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  /** Whether no permit is in use and no caller waits. */
  get isIdle(): boolean {
    return this.callers === 0
  }

  /** How many have a permit or wait for one. */
  get callers(): number {
    return this.#permitsInUse + this.#waiting
  }

  /** Takes a permit if one is free; gives whether it did. Each call that gave true needs its `release`. */
  tryAcquire(): boolean {
    if (this.#permitsInUse >= this.#limit()) return false
    this.#permitsInUse += 1
    return true
  }

  /**
   * Waits for a permit, at most the given time in milliseconds; gives whether there is one. Each `acquire` that gave
   * true needs its `release`. Callers bound the number of waiting calls.
   */
  async acquire(isHighPriority = false, waitMsMax = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (this.tryAcquire()) return true
    // Awaited here, so that callers continue in the order in which permits became free.
    const acquired = await new Promise<boolean>((resolve) => {
      const round = Number.isFinite(waitMsMax) ? this.#roundOf(waitMsMax) : null
      const waiter: Waiter = { resolve, round, state: 'waiting' }
      if (round !== null) {
        round.waiters.push(waiter)
        round.left += 1
      }
      const queue = isHighPriority ? this.#highPriority : this.#normalPriority
      queue.push(waiter)
      this.#waiting += 1
    })
    return acquired
  }

  release(): void {
    this.#permitsInUse -= 1
    while (this.#permitsInUse < this.#limit()) {
      const next = this.#highPriority.shift() ?? this.#normalPriority.shift()
      if (next === undefined) return
      if (next.state === 'timed-out') continue
      this.#permitsInUse += 1
      this.#waiting -= 1
      grant(next)
    }
  }

  /** A timer for each of hundreds of callers of one batch would cost more than the rest of their waiting. */
  #roundOf(waitMsMax: number): Round {
    // A round whose callers all have their permit has no timer any more.
    if (this.#round?.waitMsMax === waitMsMax && this.#round.left > 0) return this.#round
    const round: Round = { waitMsMax, waiters: [], left: 0, timer: null }
    round.timer = setTimeout(() => this.#giveUp(round), waitMsMax)
    this.#round = round
    queueMicrotask(() => {
      if (this.#round === round) this.#round = null
    })
    return round
  }

  #giveUp({ waiters }: Round): void {
    for (const waiter of waiters) {
      if (waiter.state !== 'waiting') continue
      waiter.state = 'timed-out'
      this.#waiting -= 1
      waiter.resolve(false)
    }
  }
}

function grant(waiter: Waiter): void {
  waiter.state = 'granted'
  const { round } = waiter
  if (round !== null) {
    round.left -= 1
    if (round.left === 0 && round.timer !== null) clearTimeout(round.timer)
  }
  waiter.resolve(true)
}
