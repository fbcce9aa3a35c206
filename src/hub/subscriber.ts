import type { Seq } from '../log/log.ts'
import type { Encoding, Frame } from '../protocol/messages.ts'
import type { Group } from './group.ts'
import type { OutgoingBudget } from './outgoing-budget.ts'

/** The port of a reader's connection: a WebSocket or an event stream. */
export interface Connection {
  readonly wire: Encoding
  /** Sends a frame. False: the connection is full; the frame is sent all the same, but no more until `Hub.drained`. Never throws. */
  write(frame: Frame): boolean
  close(code: number, reason: string): void
  /** Called once every heartbeat, to check whether the reader is still there. */
  beat(): void
}

/**
 * `live`: written to by the sweep. `behind`: catching up with the head, from the cache or the log. `full`: nothing is
 * written until the connection drains. `gone`: left or closed.
 */
type SubscriberState = 'live' | 'behind' | 'full' | 'gone'

/** A live connection with its cursor. There is no queue per subscriber. */
export class Subscriber {
  readonly connection: Connection
  group: Group
  /** The seq of the last entry that was written to the connection, or that was not for its interest. */
  seq: Seq
  state: SubscriberState = 'behind'
  /** Whether the `live` message that ends a replay has still to be sent. */
  livePending = false
  /** Whether a change of interest has still to be confirmed. */
  interestPending = false
  /** Whether a read of the log or the sweep's queue will go on with it. */
  readPending = false
  /** What may still go out on its connection; null: there is no limit. */
  budget: OutgoingBudget | null = null
  /** An interval of its own between heartbeats; null: the usual one. */
  heartbeatSeconds: number | null = null
  slotIndex = -1
  fullSince = 0

  constructor(connection: Connection, group: Group, seq: Seq) {
    this.connection = connection
    this.group = group
    this.seq = seq
  }

  /** For how long the connection has been full, in milliseconds. When the clock is set back, counting starts again at 0. */
  fullMs(now: number): number {
    this.fullSince = Math.min(this.fullSince, now)
    return now - this.fullSince
  }
}

/** Array of subscribers. A free slot is used again, but nobody moves to another slot, so that a running sweep misses nobody. */
export class SubscriberSlots {
  readonly #slots: (Subscriber | null)[] = []
  readonly #free: number[] = []
  #nextSlot = 0
  #left = 0

  /** The number of slots, empty ones included. */
  get length(): number {
    return this.#slots.length
  }

  get size(): number {
    return this.#slots.length - this.#free.length
  }

  add(subscriber: Subscriber): void {
    const free = this.#free.pop()
    subscriber.slotIndex = free ?? this.#slots.length
    this.#slots[subscriber.slotIndex] = subscriber
    // A running round that does not count the new slot would end before it has visited all.
    if (free === undefined && this.#left > 0) this.#left += 1
  }

  remove(subscriber: Subscriber): void {
    this.#slots[subscriber.slotIndex] = null
    this.#free.push(subscriber.slotIndex)
  }

  at(slotIndex: number): Subscriber | null {
    return this.#slots[slotIndex] ?? null
  }

  /** Begins a round that visits every slot once, from where the last one ended, so that no subscriber is always last. */
  beginRound(): void {
    this.#left = this.#slots.length
  }

  get inRound(): boolean {
    return this.#left > 0
  }

  /** The next slot of the round; null when it is empty. */
  next(): Subscriber | null {
    this.#left -= 1
    this.#nextSlot = (this.#nextSlot + 1) % this.#slots.length
    return this.#slots[this.#nextSlot] ?? null
  }

  /** The lowest seq of all subscribers; `head` when none is lower. */
  slowest(head: Seq): Seq {
    let seq = head
    for (const subscriber of this) seq = Math.min(seq, subscriber.seq)
    return seq
  }

  states(): Readonly<Record<Exclude<SubscriberState, 'gone'>, number>> {
    const counts = { live: 0, behind: 0, full: 0 }
    for (const { state, group } of this) if (state !== 'gone' && !group.interest.isDesk) counts[state] += 1
    return counts
  }

  /** Connections of the desk, whatever their state. */
  desks(): number {
    let count = 0
    for (const { group } of this) if (group.interest.isDesk) count += 1
    return count
  }

  *[Symbol.iterator](): Generator<Subscriber> {
    for (const subscriber of this.#slots) if (subscriber) yield subscriber
  }
}
