import { Problem } from '../problem.ts'

const retryAfterSeconds = 1

export type FairLimits = {
  /** How much is worked on at once. */
  readonly runningMax: number
  readonly waitingMax: number
  readonly waitingOfOneMax: number
}

/**
 * Work that waits for its turn, with a turn for each asker after the other: who asks for much waits for their own. What is
 * too much is refused at once: 429 when it is one asker's, 503 when it is all of theirs.
 */
export class FairQueue {
  readonly #limits: FairLimits
  /** By asker, in the order of their turns. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #running = 0
  #count = 0

  constructor(limits: FairLimits) {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#count
  }

  /** Runs the work when its turn has come, and gives its result. Throws a Problem (429 or 503) when there is no place. */
  run<Result>(asker: string, work: () => Promise<Result>): Promise<Result> {
    const mine = this.#waiting.get(asker) ?? []
    if (this.#running >= this.#limits.runningMax) {
      if (mine.length >= this.#limits.waitingOfOneMax)
        return Promise.reject(refusal(429, 'too-many-requests', 'Too much is asked from this address at once.'))
      if (this.#count >= this.#limits.waitingMax)
        return Promise.reject(refusal(503, 'reads-busy', 'More is asked than can be answered at this moment.'))
    }
    return new Promise<Result>((resolve, reject) => {
      mine.push(() => {
        this.#running += 1
        work()
          .then(resolve, reject)
          .finally(() => {
            this.#running -= 1
            this.#next()
          })
      })
      this.#waiting.set(asker, mine)
      this.#count += 1
      this.#next()
    })
  }

  #next(): void {
    if (this.#running >= this.#limits.runningMax) return
    const [turn] = this.#waiting
    if (turn === undefined) return
    const [asker, mine] = turn
    const begin = mine.shift()
    this.#count -= 1
    // To the end of the round, or out of it.
    this.#waiting.delete(asker)
    if (mine.length > 0) this.#waiting.set(asker, mine)
    begin?.()
  }
}

function refusal(status: number, code: string, what: string): Problem {
  return new Problem(status, code, `${what} Ask again in a moment.`, { retryAfterSeconds })
}
