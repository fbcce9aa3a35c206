import type { Seq } from '../log/log.ts'
import type { Encoding, Frame } from '../protocol/messages.ts'
import type { Group } from './group.ts'

/** A reader's way out: a WebSocket or an event stream. */
export interface Connection {
  readonly wire: Encoding
  /** False: full. The frame is taken all the same; write no more until `Hub.drained`. Never throws. */
  write(frame: Frame): boolean
  close(code: number, reason: string): void
  /** Once every heartbeat: the time to look whether the reader is still there. */
  beat(): void
}

/**
 * `live`: told by the sweep. `behind`: being brought up to the head, from memory or the log. `full`: written nothing
 * until it drains. `gone`: left or closed.
 */
export type SubscriberState = 'live' | 'behind' | 'full' | 'gone'

/** A live connection: a cursor with a way out. There is no queue per reader. */
export class Subscriber {
  readonly connection: Connection
  group: Group
  /** The last seq that this reader was told of, or that was not for them. */
  seq: Seq
  state: SubscriberState = 'behind'
  /** Whether the end of a replay is still to be said. */
  livePending = false
  /** Whether a change of interest is still to be confirmed. */
  interestPending = false
  /** Whether a read of the log or a turn in the queue will bring it on. */
  readPending = false
  slotIndex = -1
  fullSince = 0

  constructor(connection: Connection, group: Group, seq: Seq) {
    this.connection = connection
    this.group = group
    this.seq = seq
  }

  /** For how long the connection has been full, in milliseconds. A clock that was set back begins anew. */
  fullMs(now: number): number {
    this.fullSince = Math.min(this.fullSince, now)
    return now - this.fullSince
  }
}

/** Subscribers in places that are used again but never moved, so that a sweep under way misses nobody. */
export class SubscriberSlots {
  readonly #slots: (Subscriber | null)[] = []
  readonly #free: number[] = []
  #nextSlot = 0
  #left = 0

  /** The number of places, empty ones included. */
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
    // A round under way over more places than it counted would end before it has met everyone.
    if (free === undefined && this.#left > 0) this.#left += 1
  }

  remove(subscriber: Subscriber): void {
    this.#slots[subscriber.slotIndex] = null
    this.#free.push(subscriber.slotIndex)
  }

  at(slotIndex: number): Subscriber | null {
    return this.#slots[slotIndex] ?? null
  }

  /** Begins a round that meets every place once, from where the last one ended, so that no reader is always last. */
  beginRound(): void {
    this.#left = this.#slots.length
  }

  get inRound(): boolean {
    return this.#left > 0
  }

  /** The next place of the round; null when it is empty. */
  next(): Subscriber | null {
    this.#left -= 1
    this.#nextSlot = (this.#nextSlot + 1) % this.#slots.length
    return this.#slots[this.#nextSlot] ?? null
  }

  /** The lowest seq that a reader is at; `head` when there is none lower. */
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
