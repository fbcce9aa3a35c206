import type { Message } from '../protocol/message-schemas.ts'
import type { Encoding, Frame } from '../protocol/messages.ts'
import type { FrameCache } from './frame-cache.ts'
import type { HubDeps } from './hub-deps.ts'
import type { HubLimits } from './hub-limits.ts'
import { OwnHeartbeats } from './own-heartbeats.ts'
import type { Subscriber, SubscriberSlots } from './subscriber.ts'

/** A ping of WebSockets without a payload (RFC 6455 §5.5.2). */
const pingBytes = 2

type Deps = Pick<HubDeps, 'now' | 'writeBatch'> & {
  readonly limits: HubLimits
  readonly frameCache: Pick<FrameCache, 'head'>
}

/** What the hub does for one subscriber at a heartbeat. */
type Beaten = {
  headMessage(): Message
  send(subscriber: Subscriber, frame: Frame): boolean
  endInOrder(subscriber: Subscriber): void
  cutIfTooSlow(subscriber: Subscriber): void
  count(subscriber: Subscriber, bytes: number): void
}

/** Sends the head to subscribers from time to time, and has their connections checked. */
export class Heartbeats {
  readonly #deps: Deps
  readonly #slots: SubscriberSlots
  readonly #hub: Beaten
  readonly #own: OwnHeartbeats

  constructor(deps: Deps, slots: SubscriberSlots, hub: Beaten) {
    this.#deps = deps
    this.#slots = slots
    this.#hub = hub
    this.#own = new OwnHeartbeats(deps.limits.heartbeatTickMs, deps.now())
  }

  /** Takes a subscriber who has asked for more heartbeats than usual. */
  add(subscriber: Subscriber, seconds: number): void {
    subscriber.heartbeatSeconds = seconds
    this.#own.add(subscriber, seconds, this.#deps.now())
  }

  /** One slot of the usual heartbeats. All connections are checked by it, with an interval of their own too. */
  beat(slot: number, slots: number): void {
    if (this.#slots.length > slot % slots) this.#inBatch(() => this.#beat(slot, slots))
  }

  #beat(slot: number, step: number): void {
    const frames = new Map<Encoding, Frame | null>()
    for (let index = slot % step; index < this.#slots.length; index += step) {
      const subscriber = this.#slots.at(index)
      if (subscriber === null) continue
      if (subscriber.state === 'full') this.#hub.cutIfTooSlow(subscriber)
      subscriber.connection.beat()
      if (subscriber.budget !== null) this.#hub.count(subscriber, pingBytes)
      if (subscriber.heartbeatSeconds === null) this.#send(subscriber, frames)
    }
  }

  /** Heartbeats of those with an interval of their own who are due. */
  beatOwn(): void {
    const due = this.#own.takeDue(this.#deps.now())
    if (due.length === 0) return
    const frames = new Map<Encoding, Frame | null>()
    this.#inBatch(() => {
      for (const subscriber of due) this.#send(subscriber, frames)
    })
  }

  /** When `beatOwn` is due next, in Unix milliseconds; null: nobody has an interval of their own. */
  get nextOwnMs(): number | null {
    return this.#own.nextMs
  }

  #send(subscriber: Subscriber, frames: Map<Encoding, Frame | null>): void {
    if (subscriber.state !== 'live' || subscriber.seq !== this.#deps.frameCache.head) return
    if (subscriber.budget?.isScarce) {
      this.#hub.endInOrder(subscriber)
      return
    }
    const { wire } = subscriber.connection
    const frame = frames.get(wire) ?? wire.frame(this.#hub.headMessage())
    frames.set(wire, frame)
    if (frame !== null) this.#hub.send(subscriber, frame)
  }

  #inBatch(step: () => void): void {
    const { writeBatch } = this.#deps
    if (writeBatch === undefined) step()
    else writeBatch(step)
  }
}
