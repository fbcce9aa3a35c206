import type { HubDeps } from './hub-deps.ts'
import type { HubLimits } from './hub-limits.ts'
import type { Subscriber, SubscriberSlots } from './subscriber.ts'
import { TimeSlice } from './time-slice.ts'

/** One time slice goes on with this part of its number of those behind: each of them may be written much more than one frame. */
const behindPart = 20

type Deps = Pick<HubDeps, 'now' | 'soon' | 'writeBatch' | 'swept'> & { readonly limits: HubLimits }

/** Writes the entries between a subscriber's seq and the head. A method, not a closure: all hubs share one compiled function. */
type BringsUp = { catchUp(subscriber: Subscriber): void }

/**
 * Visits all subscribers once after each entry, and goes on with those who are behind. It works in time slices and yields
 * to the event loop between two. The writes of one time slice may be submitted together when it ends.
 */
export class Sweep {
  readonly #behindMax: number
  readonly #swept: (() => void) | undefined
  readonly #slots: SubscriberSlots
  readonly #hub: BringsUp
  readonly #behind: Subscriber[] = []
  readonly #timeSlice: TimeSlice
  #underWay = false

  constructor(deps: Deps, slots: SubscriberSlots, hub: BringsUp) {
    const { now, soon, limits } = deps
    const writeBatch = deps.writeBatch ?? ((step) => step())
    this.#behindMax = Math.ceil(limits.sliceReadersMax / behindPart)
    this.#swept = deps.swept
    this.#slots = slots
    this.#hub = hub
    this.#timeSlice = new TimeSlice({ now, soon, limits }, () => writeBatch(() => this.#runSlice()))
  }

  /** Whether some live subscribers have not been sent the newest entry yet. */
  get underWay(): boolean {
    return this.#underWay
  }

  /** Begins a round, or begins it again while one is running: each visit brings a subscriber up to the head. */
  begin(): void {
    this.#slots.beginRound()
    this.#underWay = true
    this.#timeSlice.ask()
  }

  /** Queues a subscriber who is behind: one of the next time slices goes on with it. */
  queue(subscriber: Subscriber): void {
    subscriber.state = 'behind'
    subscriber.readPending = true
    this.#behind.push(subscriber)
    this.#timeSlice.ask()
  }

  #runSlice(): void {
    while (this.#slots.inRound && this.#timeSlice.lasts()) {
      const subscriber = this.#slots.next()
      if (subscriber?.state === 'live') this.#hub.catchUp(subscriber)
    }
    if (this.#underWay && !this.#slots.inRound) {
      this.#underWay = false
      this.#swept?.()
    }
    for (const subscriber of this.#behind.splice(0, this.#behindMax)) {
      subscriber.readPending = false
      this.#hub.catchUp(subscriber)
    }
    if (this.#slots.inRound || this.#behind.length > 0) this.#timeSlice.ask()
  }
}
