import { Places } from './places.ts'

/** What an answer said about its service. `key`: it did not take our token. */
export type Note = 'ok' | 'throttled' | 'down' | 'key'

const startLimit = 32
const limitMax = 256
const windowMax = 100
const windowMin = 20
const throttledShareMax = 0.05
const downShareMax = 0.2
const pauseFirstMs = 5_000
const pauseMostMs = 5 * 60_000

/**
 * How fast one push service is asked: as many requests at once as it bears, growing by one for each round of answers
 * and halved when it asks to slow down (AIMD); paused altogether when too many of its last answers were bad.
 */
export class Pace {
  #limit = startLimit
  #pauses = 0
  #pausedUntilMs = 0
  readonly #places = new Places(() => this.limit)
  readonly #last: Note[] = []

  /** Until when nothing is sent, in milliseconds since 1970. */
  get pausedUntilMs(): number {
    return this.#pausedUntilMs
  }

  get limit(): number {
    return Math.floor(this.#limit)
  }

  get idle(): boolean {
    return this.#places.idle
  }

  /**
   * Waits for a place; who is pressing goes before all who are not. Each `enter` needs its `leave`; what waits is
   * bounded by the batches in the air.
   */
  enter(isPressing = false): Promise<void> {
    return this.#places.enter(isPressing)
  }

  leave(): void {
    this.#places.leave()
  }

  /** Takes an answer to heart. `waitMs` is how long the service asked us to wait. Gives whether it now pauses. */
  note(what: Note, nowMs: number, waitMs = 0): boolean {
    this.#last.push(what)
    if (this.#last.length > windowMax) this.#last.shift()
    if (what === 'ok') {
      this.#limit = Math.min(limitMax, this.#limit + 1 / this.#limit)
      this.#pauses = 0
      return false
    }
    if (nowMs < this.#pausedUntilMs) return false
    if (what === 'throttled') this.#limit = Math.max(1, this.#limit / 2)
    const share = this.#last.filter((it) => it === what).length / this.#last.length
    const shareMax = what === 'throttled' ? throttledShareMax : downShareMax
    // After a pause there is one probe at a time, and one bad answer to it is enough.
    const probing = this.#pauses > 0
    if (!probing && (this.#last.length < windowMin || share <= shareMax)) return false
    const ownMs = Math.min(pauseMostMs, pauseFirstMs * 2 ** this.#pauses)
    this.#pausedUntilMs = nowMs + Math.max(ownMs, waitMs)
    this.#pauses = Math.min(this.#pauses + 1, 10)
    this.#limit = 1
    this.#last.length = 0
    return true
  }
}
