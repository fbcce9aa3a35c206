import { Semaphore } from './semaphore.ts'

/** What a response means for its push service. `key`: the service refused our token. */
export type ResponseSignal = 'ok' | 'throttled' | 'down' | 'key'

const startLimit = 32
const unknownHostLimit = 4
const limitMax = 256
const windowMax = 100
const windowMin = 20
const throttledShareMax = 0.05
const downShareMax = 0.2
const pauseFirstMs = 5_000
const pauseMsMax = 5 * 60_000
const unknownHostPauseFirstMs = 30_000
const unknownHostPauseMsMax = 30 * 60_000
/** Responses of one burst count as one signal: the limit is halved for them once. */
const burstMs = 1_000

/**
 * Limits the concurrent requests to one push service. The limit grows by one for each round of responses, and is halved
 * when the service asks to slow down (AIMD). When too many of the last responses were bad, all requests are paused, and
 * after the pause one probe at a time is sent. A host that has never answered may not exist, so it is paused at its
 * first failure, for longer each time, until it answers.
 */
export class AdaptiveConcurrency {
  #limit: number
  #isUnknownHost: boolean
  #pauses = 0
  #pausedFromMs = 0
  #pausedUntilMs = 0
  #halvedMs = Number.NEGATIVE_INFINITY
  readonly #senders: () => number
  readonly #semaphore = new Semaphore(() => this.limit)
  readonly #lastSignals: ResponseSignal[] = []
  /** When the last responses came. */
  readonly #responsesMs: number[] = []

  /** `senders`: how many nodes send to the service side by side; each takes its share of the limit. */
  constructor(isUnknownHost = false, senders: () => number = () => 1) {
    this.#senders = senders
    this.#isUnknownHost = isUnknownHost
    this.#limit = isUnknownHost ? unknownHostLimit : startLimit
  }

  /** The end of the pause, in milliseconds since 1970. */
  get pausedUntilMs(): number {
    return this.#pausedUntilMs
  }

  /**
   * Whether requests are paused now. A pause that begins in the future is from before the clock was set back, and is
   * over.
   */
  isPaused(nowMs: number): boolean {
    return nowMs >= this.#pausedFromMs && nowMs < this.#pausedUntilMs
  }

  get limit(): number {
    return Math.max(1, Math.floor(this.#limit / this.#senders()))
  }

  /** Whether the service has never answered yet. */
  get isUnknownHost(): boolean {
    return this.#isUnknownHost
  }

  get isIdle(): boolean {
    return this.#semaphore.isIdle
  }

  /**
   * How many more pushes to take on now, so that each gets a permit within the given time in milliseconds at the pace of
   * the last responses. 0 until at least half of that has become free, so that they are not taken on by ones and twos.
   */
  room(nowMs: number, withinMs: number): number {
    if (this.isPaused(nowMs)) return 0
    const [firstMs = nowMs] = this.#responsesMs
    const pace = nowMs > firstMs ? this.#responsesMs.length / (nowMs - firstMs) : 0
    const roomMax = this.limit + Math.floor(pace * withinMs)
    const room = roomMax - this.#semaphore.callers
    return room >= roomMax / 2 ? room : 0
  }

  /** Takes a permit if one is free; gives whether it did. */
  tryAcquire(): boolean {
    return this.#semaphore.tryAcquire()
  }

  /**
   * Waits for a permit, at most the given time in milliseconds; gives whether there is one. Urgent callers come first.
   * Each `acquire` that gave true needs its `release`. The batches in progress bound the number of waiting calls.
   */
  acquire(isHighPriority = false, waitMsMax?: number): Promise<boolean> {
    return this.#semaphore.acquire(isHighPriority, waitMsMax)
  }

  release(): void {
    this.#semaphore.release()
  }

  /**
   * Adapts to a response. `waitMs` is the delay that the service asked for, in milliseconds. Gives whether a pause
   * begins.
   */
  record(signal: ResponseSignal, nowMs: number, waitMs = 0): boolean {
    this.#responsesMs.push(nowMs)
    if (this.#responsesMs.length > windowMax) this.#responsesMs.shift()
    // Requests that were sent before the pause say nothing about the service after it.
    if (this.isPaused(nowMs)) return false
    this.#lastSignals.push(signal)
    if (this.#lastSignals.length > windowMax) this.#lastSignals.shift()
    if (signal === 'ok') {
      if (this.#isUnknownHost) this.#limit = startLimit
      this.#isUnknownHost = false
      this.#limit = Math.min(limitMax, this.#limit + 1 / this.#limit)
      this.#pauses = 0
      return false
    }
    const agoMs = nowMs - this.#halvedMs
    if (signal === 'throttled' && (agoMs < 0 || agoMs >= burstMs)) {
      this.#limit = Math.max(1, this.#limit / 2)
      this.#halvedMs = nowMs
    }
    const share = this.#lastSignals.filter((it) => it === signal).length / this.#lastSignals.length
    const shareMax = signal === 'throttled' ? throttledShareMax : downShareMax
    // After a pause, one bad response is enough.
    const probing = this.#pauses > 0 || (this.#isUnknownHost && signal === 'down')
    if (!probing && (this.#lastSignals.length < windowMin || share <= shareMax)) return false
    const [firstMs, mostMs] = this.#isUnknownHost
      ? [unknownHostPauseFirstMs, unknownHostPauseMsMax]
      : [pauseFirstMs, pauseMsMax]
    const ownMs = Math.min(mostMs, firstMs * 2 ** this.#pauses)
    this.#pausedFromMs = nowMs
    this.#pausedUntilMs = nowMs + Math.max(ownMs, waitMs)
    this.#pauses = Math.min(this.#pauses + 1, 10)
    // After a pause, a service that asked to slow down gets its former limit; one that was down gets one probe at a
    // time.
    if (signal !== 'throttled') this.#limit = 1
    this.#lastSignals.length = 0
    return true
  }
}
