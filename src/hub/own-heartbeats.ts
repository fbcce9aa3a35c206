import type { Subscriber } from './subscriber.ts'

/** Calendar queue of the subscribers who have asked for an interval of their own: one list for each tick, not one timer for each. */
export class OwnHeartbeats {
  readonly #tickMs: number
  readonly #due = new Map<number, Subscriber[]>()
  #lastMs: number
  /** How far the clock has been set back so far. */
  #setBackMs = 0
  #added = 0

  constructor(tickMs: number, nowMs: number) {
    this.#tickMs = tickMs
    this.#lastMs = nowMs
  }

  /** Adds a subscriber. The first heartbeats of those who come together are spread over the interval. */
  add(subscriber: Subscriber, seconds: number, nowMs: number): void {
    const ticks = this.#ticksOf(seconds)
    this.#added += 1
    this.#put(subscriber, this.#tickAt(nowMs) + 1 + (this.#added % ticks))
  }

  /** The subscribers who are due, without those who have gone. Each is due again after its interval. */
  takeDue(nowMs: number): readonly Subscriber[] {
    if (this.#due.size === 0) return []
    const now = this.#tickAt(nowMs)
    const due: Subscriber[] = []
    for (const [tick, subscribers] of this.#due) {
      if (tick > now) continue
      this.#due.delete(tick)
      for (const subscriber of subscribers) if (subscriber.state !== 'gone') due.push(subscriber)
    }
    for (const subscriber of due) this.#put(subscriber, now + this.#ticksOf(subscriber.heartbeatSeconds ?? 1))
    return due
  }

  /** When somebody is due next, by the clock that `takeDue` is given; null: nobody. */
  get nextMs(): number | null {
    let next = Number.POSITIVE_INFINITY
    for (const tick of this.#due.keys()) next = Math.min(next, tick)
    return next === Number.POSITIVE_INFINITY ? null : next * this.#tickMs - this.#setBackMs
  }

  #ticksOf(seconds: number): number {
    return Math.max(1, Math.floor((seconds * 1_000) / this.#tickMs))
  }

  #put(subscriber: Subscriber, tick: number): void {
    const subscribers = this.#due.get(tick)
    if (subscribers === undefined) this.#due.set(tick, [subscriber])
    else subscribers.push(subscriber)
  }

  /** The tick of a time. A clock that is set back goes on from where it was: heartbeats must not stop until it is there again. */
  #tickAt(nowMs: number): number {
    if (nowMs < this.#lastMs) this.#setBackMs += this.#lastMs - nowMs
    this.#lastMs = nowMs
    return Math.floor((nowMs + this.#setBackMs) / this.#tickMs)
  }
}
