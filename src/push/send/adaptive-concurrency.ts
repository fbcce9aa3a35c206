import { Semaphore } from './semaphore.ts'

/** What an answer said about its service. `key`: it did not take our token. */
export type Note = 'ok' | 'throttled' | 'down' | 'key'

const startLimit = 32
const unknownHostLimit = 4
const limitMax = 256
const windowMax = 100
const windowMin = 20
const throttledShareMax = 0.05
const downShareMax = 0.2
const pauseFirstMs = 5_000
const pauseMostMs = 5 * 60_000
const unknownHostPauseFirstMs = 30_000
const unknownHostPauseMostMs = 30 * 60_000
/** Answers of one burst are one sign: the limit is halved for them once. */
const burstMs = 1_000

/**
 * How fast one push service is asked: as many requests at once as it bears, growing by one for each round of answers
 * and halved when it asks to slow down (AIMD); paused altogether when too many of its last answers were bad, and after
 * that tried with one probe at a time. A stranger, whose name anybody may have made up, is paused at its first failure,
 * for longer each time, until it has answered once.
 */
export class AdaptiveConcurrency {
  #limit: number
  #isUnknownHost: boolean
  #pauses = 0
  #pausedFromMs = 0
  #pausedUntilMs = 0
  #halvedMs = Number.NEGATIVE_INFINITY
  readonly #semaphore = new Semaphore(() => this.limit)
  readonly #last: Note[] = []

  constructor(isUnknownHost = false) {
    this.#isUnknownHost = isUnknownHost
    this.#limit = isUnknownHost ? unknownHostLimit : startLimit
  }

  /** Until when nothing is sent, in milliseconds since 1970. */
  get pausedUntilMs(): number {
    return this.#pausedUntilMs
  }

  /** Whether nothing is sent now. A pause that has not begun by now is from before the clock was set back: it is over. */
  isPaused(nowMs: number): boolean {
    return nowMs >= this.#pausedFromMs && nowMs < this.#pausedUntilMs
  }

  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** Whether it is unknown that there is such a service at all. */
  get isUnknownHost(): boolean {
    return this.#isUnknownHost
  }

  get idle(): boolean {
    return this.#semaphore.idle
  }

  /**
   * Waits for a place, but no longer than asked; gives whether there was one. Who is pressing goes before all who are
   * not. Each `enter` that had one needs its `leave`; what waits is bounded by the batches in the air.
   */
  enter(isPressing = false, waitMsMost?: number): Promise<boolean> {
    return this.#semaphore.enter(isPressing, waitMsMost)
  }

  leave(): void {
    this.#semaphore.leave()
  }

  /** Takes an answer to heart. `waitMs` is how long the service asked us to wait. Gives whether it now pauses. */
  note(what: Note, nowMs: number, waitMs = 0): boolean {
    // What was under way when the pause began says nothing of how the service is after it.
    if (this.isPaused(nowMs)) return false
    this.#last.push(what)
    if (this.#last.length > windowMax) this.#last.shift()
    if (what === 'ok') {
      if (this.#isUnknownHost) this.#limit = startLimit
      this.#isUnknownHost = false
      this.#limit = Math.min(limitMax, this.#limit + 1 / this.#limit)
      this.#pauses = 0
      return false
    }
    const agoMs = nowMs - this.#halvedMs
    if (what === 'throttled' && (agoMs < 0 || agoMs >= burstMs)) {
      this.#limit = Math.max(1, this.#limit / 2)
      this.#halvedMs = nowMs
    }
    const share = this.#last.filter((it) => it === what).length / this.#last.length
    const shareMax = what === 'throttled' ? throttledShareMax : downShareMax
    // After a pause one bad answer is enough.
    const probing = this.#pauses > 0 || (this.#isUnknownHost && what === 'down')
    if (!probing && (this.#last.length < windowMin || share <= shareMax)) return false
    const [firstMs, mostMs] = this.#isUnknownHost
      ? [unknownHostPauseFirstMs, unknownHostPauseMostMs]
      : [pauseFirstMs, pauseMostMs]
    const ownMs = Math.min(mostMs, firstMs * 2 ** this.#pauses)
    this.#pausedFromMs = nowMs
    this.#pausedUntilMs = nowMs + Math.max(ownMs, waitMs)
    this.#pauses = Math.min(this.#pauses + 1, 10)
    // Who asked to be asked less is, after the pause; who was down is sent one probe at a time.
    if (what !== 'throttled') this.#limit = 1
    this.#last.length = 0
    return true
  }
}
