import { Problem } from '../../domain/problem.ts'

const retryAfterSeconds = 1

type FairLimits = {
  /** The most requests that are worked on at once. */
  readonly runningMax: number
  readonly waitingMax: number
  readonly waitingOfOneMax: number
}

type Work = { readonly askers: Set<string>; begun: boolean; readonly begin: () => void }

/** Work that several clients may wait for. */
export type Shared<Result> = {
  readonly result: Promise<Result>
  /** Adds another client that waits for it. The work is then also queued for that client, where its queue has space. */
  readonly join: (requester: string) => void
}

/**
 * Fair queue (round robin by client): a client with many requests waits for its own requests only. What is
 * beyond a limit is refused at once: 429 when it is one client's limit, 503 when it is the limit of all together.
 */
export class FairQueue {
  readonly #limits: FairLimits
  /** The queue of each client, in round-robin order. Work that several clients wait for is in the queue of each. */
  readonly #waiting = new Map<string, Work[]>()
  #running = 0
  #count = 0

  constructor(limits: FairLimits) {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#count
  }

  /** Runs work when it is its client's turn; resolves with its result. Throws a Problem (429 or 503) when the queue is full. */
  run<Result>(requester: string, work: () => Promise<Result>): Promise<Result> {
    return this.share(requester, work).result
  }

  /** The same for shared work: `join` adds a client, and the work runs at the first turn of any of them. */
  share<Result>(requester: string, work: () => Promise<Result>): Shared<Result> {
    const full = this.#running >= this.#limits.runningMax ? this.#fullFor(requester) : null
    if (full !== null) return { result: Promise.reject(full), join: () => {} }
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const one: Work = {
      askers: new Set(),
      begun: false,
      begin: () =>
        void work()
          .then(resolve, reject)
          .finally(() => this.#ended()),
    }
    this.#enqueue(requester, one)
    this.#next()
    return {
      result: promise,
      join: (other) => {
        if (!one.begun && this.#fullFor(other) === null) this.#enqueue(other, one)
      },
    }
  }

  #fullFor(requester: string): Problem | null {
    if ((this.#waiting.get(requester)?.length ?? 0) >= this.#limits.waitingOfOneMax)
      return refusal(429, 'too-many-requests', 'Too much is asked from this address at once.')
    if (this.#count >= this.#limits.waitingMax)
      return refusal(503, 'reads-busy', 'More is asked than can be answered at this moment.')
    return null
  }

  #enqueue(requester: string, one: Work): void {
    if (one.askers.has(requester)) return
    one.askers.add(requester)
    const mine = this.#waiting.get(requester)
    if (mine === undefined) this.#waiting.set(requester, [one])
    else mine.push(one)
    this.#count += 1
  }

  #ended(): void {
    this.#running -= 1
    this.#next()
  }

  #next(): void {
    if (this.#running >= this.#limits.runningMax) return
    const [turn] = this.#waiting
    if (turn === undefined) return
    const [requester, mine] = turn
    const one = mine.shift()
    this.#count -= 1
    // The client goes to the end of the round, or is removed when its queue is empty.
    this.#waiting.delete(requester)
    if (mine.length > 0) this.#waiting.set(requester, mine)
    if (one === undefined) return
    one.begun = true
    this.#running += 1
    for (const other of one.askers) if (other !== requester) this.#leave(other, one)
    one.begin()
  }

  /** Removes work that already runs because of another client's turn. */
  #leave(requester: string, one: Work): void {
    const theirs = this.#waiting.get(requester) ?? []
    theirs.splice(theirs.indexOf(one), 1)
    this.#count -= 1
    if (theirs.length === 0) this.#waiting.delete(requester)
  }
}

function refusal(status: number, code: string, what: string): Problem {
  return new Problem(status, code, `${what} Ask again in a moment.`, { retryAfterSeconds })
}
