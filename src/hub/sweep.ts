import type { HubHouse } from './hub-deps.ts'
import type { HubLimits } from './hub-limits.ts'
import type { Places, Subscriber } from './subscriber.ts'
import { Turns } from './time-slice.ts'

/** Of those behind, this part of a turn's number is brought on in it: each may be written much more than one frame. */
const behindPart = 20

type House = Pick<HubHouse, 'now' | 'soon' | 'together' | 'swept'> & { readonly limits: HubLimits }

/** Writes what lies between a reader's position and the head. A method, not a function: of many hubs it is the same one. */
type BringsUp = { bringUp(subscriber: Subscriber): void }

/**
 * Goes once round the places after each entry, and brings on those behind, a turn at a time: between two turns the
 * network has its own. What is written in one turn goes out together at its end.
 */
export class Sweep {
  readonly #house: House
  readonly #places: Places
  readonly #hub: BringsUp
  readonly #behind: Subscriber[] = []
  readonly #turns: Turns
  #underWay = false

  constructor(house: House, places: Places, hub: BringsUp) {
    const { now, soon, limits } = house
    const together = house.together ?? ((step) => step())
    this.#house = house
    this.#places = places
    this.#hub = hub
    this.#turns = new Turns({ now, soon, limits }, () => together(() => this.#turn()))
  }

  /** Not all who are live have been told of the newest entry yet. */
  get underWay(): boolean {
    return this.#underWay
  }

  /** An entry has come. During a round it begins again: whoever is met is brought up to the head. */
  begin(): void {
    this.#places.beginRound()
    this.#underWay = true
    this.#turns.ask()
  }

  /** One who is behind is brought on in one of the next turns. */
  queue(subscriber: Subscriber): void {
    subscriber.state = 'behind'
    subscriber.awaited = true
    this.#behind.push(subscriber)
    this.#turns.ask()
  }

  #turn(): void {
    while (this.#places.inRound && this.#turns.lasts()) {
      const subscriber = this.#places.next()
      if (subscriber?.state === 'live') this.#hub.bringUp(subscriber)
    }
    if (this.#underWay && !this.#places.inRound) {
      this.#underWay = false
      this.#house.swept?.()
    }
    for (const subscriber of this.#behind.splice(0, Math.ceil(this.#house.limits.sliceReadersMax / behindPart))) {
      subscriber.awaited = false
      this.#hub.bringUp(subscriber)
    }
    if (this.#places.inRound || this.#behind.length > 0) this.#turns.ask()
  }
}
