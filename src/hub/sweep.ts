import type { HubDeps } from './hub-deps.ts'
import type { HubLimits } from './hub-limits.ts'
import type { Subscriber, SubscriberSlots } from './subscriber.ts'
import { TimeSlice } from './time-slice.ts'

/** Of those behind, this part of a turn's number is brought on in it: each may be written much more than one frame. */
const behindPart = 20

type Deps = Pick<HubDeps, 'now' | 'soon' | 'writeBatch' | 'swept'> & { readonly limits: HubLimits }

/** Writes what lies between a reader's position and the head. A method, not a function: of many hubs it is the same one. */
type BringsUp = { catchUp(subscriber: Subscriber): void }

/**
 * Goes once round the places after each entry, and brings on those behind, a turn at a time: between two turns the
 * network has its own. What is written in one turn goes out together at its end.
 */
export class Sweep {
  readonly #deps: Deps
  readonly #slots: SubscriberSlots
  readonly #hub: BringsUp
  readonly #behind: Subscriber[] = []
  readonly #timeSlice: TimeSlice
  #underWay = false

  constructor(deps: Deps, slots: SubscriberSlots, hub: BringsUp) {
    const { now, soon, limits } = deps
    const writeBatch = deps.writeBatch ?? ((step) => step())
    this.#deps = deps
    this.#slots = slots
    this.#hub = hub
    this.#timeSlice = new TimeSlice({ now, soon, limits }, () => writeBatch(() => this.#turn()))
  }

  /** Not all who are live have been told of the newest entry yet. */
  get underWay(): boolean {
    return this.#underWay
  }

  /** An entry has come. During a round it begins again: whoever is met is brought up to the head. */
  begin(): void {
    this.#slots.beginRound()
    this.#underWay = true
    this.#timeSlice.ask()
  }

  /** One who is behind is brought on in one of the next turns. */
  queue(subscriber: Subscriber): void {
    subscriber.state = 'behind'
    subscriber.readPending = true
    this.#behind.push(subscriber)
    this.#timeSlice.ask()
  }

  #turn(): void {
    while (this.#slots.inRound && this.#timeSlice.lasts()) {
      const subscriber = this.#slots.next()
      if (subscriber?.state === 'live') this.#hub.catchUp(subscriber)
    }
    if (this.#underWay && !this.#slots.inRound) {
      this.#underWay = false
      this.#deps.swept?.()
    }
    for (const subscriber of this.#behind.splice(0, Math.ceil(this.#deps.limits.sliceReadersMax / behindPart))) {
      subscriber.readPending = false
      this.#hub.catchUp(subscriber)
    }
    if (this.#slots.inRound || this.#behind.length > 0) this.#timeSlice.ask()
  }
}
