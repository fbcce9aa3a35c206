import type { Alert } from '../domain/alert-types.ts'
import type { Interest } from '../domain/interest.ts'
import { type Bounds, type Cursor, type Entry, type Seq, type Start, startOf } from '../log/log.ts'
import { closeInternal, closeTooSlow } from '../protocol/close-codes.ts'
import type { Message } from '../protocol/message-schemas.ts'
import type { Encoding, Frame } from '../protocol/messages.ts'
import { entryMessage, headMessage, liveMessage, resetMessage } from '../protocol/messages.ts'
import { FrameCache, type Framed, type ReadOn, Reads } from './frame-cache.ts'
import { type Group, Groups } from './group.ts'
import type { HubDeps } from './hub-deps.ts'
import { type HubLimits, hubLimits } from './hub-limits.ts'
import { ReplayCache } from './replay-cache.ts'
import { type Connection, Subscriber, SubscriberSlots } from './subscriber.ts'
import { Sweep } from './sweep.ts'

/**
 * Fan-out to subscribers. A subscriber becomes `live` in the same synchronous step that brings its seq to the head, so
 * that no entry is lost between a replay and live delivery. The sweep alone writes to live subscribers, catch-up alone
 * to those who are behind, and nothing is written to a full connection.
 */
export class Hub {
  readonly limits: HubLimits
  readonly #deps: HubDeps
  readonly #frameCache: FrameCache
  readonly #groups = new Groups()
  readonly #slots = new SubscriberSlots()
  readonly #reads: Reads
  readonly #replayCache: ReplayCache
  readonly #message: (entry: Entry, language: string) => Message
  readonly #sweep: Sweep
  readonly #writeBatch: (step: () => void) => void

  constructor(deps: HubDeps) {
    this.#deps = deps
    this.limits = { ...hubLimits, ...deps.limits }
    this.#frameCache = new FrameCache(deps.bounds.head, deps.recent ?? [], this.limits.hotEntriesMax)
    this.#writeBatch = deps.writeBatch ?? ((step) => step())
    this.#sweep = new Sweep({ ...deps, limits: this.limits }, this.#slots, this)
    this.#reads = new Reads(deps.log, this.limits.readEntriesMax)
    this.#message = (entry, language) => entryMessage(entry, language, deps.bounds.epoch, deps.newsroom)
    this.#replayCache = new ReplayCache({
      frameCache: this.#frameCache,
      message: this.#message,
      bounds: () => this.bounds,
      limits: this.limits,
    })
  }

  get bounds(): Bounds {
    return { ...this.#deps.bounds, head: this.#frameCache.head }
  }

  /**
   * Adds a subscriber: welcome, then a reset or the replay from the cursor, then live. `confirmsInterest`: sends the
   * interest that holds, because it is less than the reader asked for.
   */
  join(connection: Connection, interest: Interest, cursor?: Cursor | 'now', confirmsInterest = false): Subscriber {
    const start = startOf(cursor, this.bounds, this.limits.replayEntriesMax)
    return this.#enter(connection, interest, start, confirmsInterest)
  }

  /** Adds a subscriber whose connection was open before and who has seen entries up to `seq`: no welcome, nothing twice. */
  restore(connection: Connection, interest: Interest, seq: Seq): Subscriber {
    return this.#enter(connection, interest, { seq })
  }

  #enter(connection: Connection, interest: Interest, start: Entering, confirmsInterest = false): Subscriber {
    const subscriber = new Subscriber(connection, this.#groups.enter(connection.wire, interest), start.seq)
    subscriber.interestPending = confirmsInterest
    this.#slots.add(subscriber)
    if ('resume' in start) this.#open(subscriber, start)
    this.catchUp(subscriber)
    return subscriber
  }

  leave(subscriber: Subscriber): void {
    if (subscriber.state === 'gone') return
    subscriber.state = 'gone'
    this.#slots.remove(subscriber)
    this.#groups.leave(subscriber.group)
  }

  /** The connection can be written to again: catch-up goes on from the subscriber's seq. */
  drained(subscriber: Subscriber): void {
    if (subscriber.state !== 'full') return
    subscriber.state = 'behind'
    this.catchUp(subscriber)
  }

  /** Takes the entry after the head; throws an Error for any other. Subscribers are sent it in time slices that begin soon. */
  deliver(entry: Entry): void {
    this.#frameCache.push(entry)
    this.#replayCache.forget()
    this.#sweep.begin()
  }

  /** Replaces the interest. The subscriber's seq stays, so that nothing comes twice. */
  change(subscriber: Subscriber, interest: Interest): void {
    if (subscriber.state === 'gone') return
    this.#groups.leave(subscriber.group)
    subscriber.group = this.#groups.enter(subscriber.connection.wire, interest)
    subscriber.interestPending = true
    this.catchUp(subscriber)
  }

  /** Sends a subscriber its own seq: the answer to a ping. */
  answerPing(subscriber: Subscriber): void {
    if (subscriber.state === 'full' || subscriber.state === 'gone') return
    this.#sendMessage(subscriber, this.#headMessage(subscriber.seq))
  }

  /**
   * Heartbeat, spread over `slots` calls in `heartbeatSeconds`: each call sends the head to every `slots`th subscriber,
   * and closes those of them that stayed full too long. Without `slots`, one call a second is expected.
   */
  beat(slot: number, slots: number = this.limits.heartbeatSeconds): void {
    if (this.#slots.length > slot % slots) this.#writeBatch(() => this.#beat(slot, slots))
  }

  #beat(slot: number, step: number): void {
    const frames = new Map<Encoding, Frame | null>()
    const message = this.#headMessage()
    for (let index = slot % step; index < this.#slots.length; index += step) {
      const subscriber = this.#slots.at(index)
      if (subscriber?.state === 'full') this.#cutIfTooSlow(subscriber)
      subscriber?.connection.beat()
      if (subscriber?.state !== 'live' || subscriber.seq !== this.#frameCache.head) continue
      const { wire } = subscriber.connection
      const frame = frames.get(wire) ?? wire.frame(message)
      frames.set(wire, frame)
      if (frame !== null) this.#write(subscriber, frame)
    }
  }

  /** Asks all subscribers to reconnect, each after a random part of this time. */
  goodbye(reconnectAfterMs: number): void {
    this.#writeBatch(() => {
      for (const subscriber of this.#slots)
        if (subscriber.state !== 'full') this.#sendMessage(subscriber, { type: 'goodbye', reconnectAfterMs })
    })
  }

  /** Closes up to this many connections. Returns how many are left. */
  closeSome(countMax: number, code: number, reason: string): number {
    let left = countMax
    for (const subscriber of this.#slots) {
      if (left-- === 0) break
      this.end(subscriber, code, reason)
    }
    return this.#slots.size
  }

  /** Whether some live subscribers have not been sent the newest entry yet. */
  get sweeping(): boolean {
    return this.#sweep.underWay
  }

  get size(): number {
    return this.#slots.size
  }

  /** How many subscribers there are in each state, without those of the desk. */
  states(): ReturnType<SubscriberSlots['states']> {
    return this.#slots.states()
  }

  /** How many connections of the desk there are. They are not counted as readers. */
  desks(): number {
    return this.#slots.desks()
  }

  /** How many entries the slowest subscriber is behind the head. */
  get lag(): number {
    return this.#frameCache.head - this.#slots.slowest(this.#frameCache.head)
  }

  /** How many subscribers would be sent an alert, by language (`*`: those who take all). */
  countByLanguage(alert: Alert): ReadonlyMap<string, number> {
    return this.#groups.countByLanguage(alert)
  }

  /** How many subscribers have each interest; the most frequent `max` interests. */
  countByInterest(max: number): readonly (readonly [Interest, number])[] {
    return this.#groups.countByInterest(max)
  }

  #open(subscriber: Subscriber, start: Start): void {
    const { to, frame } = this.#replayCache.opening(start, subscriber.group)
    subscriber.seq = to
    subscriber.livePending = start.resume === 'replay' && to < this.#frameCache.head
    if (frame !== null) this.#write(subscriber, frame)
    // Without a welcome the head is sent at once: a reader whose connection breaks in the first second has a cursor.
    else if (start.resume === 'live') this.#sendMessage(subscriber, this.#headMessage())
  }

  /** Confirms a change of interest, before any entry that is sent by the new one. False: the connection is full. */
  #sendInterest(subscriber: Subscriber): boolean {
    subscriber.interestPending = false
    const { audience: _, ...interest } = subscriber.group.interest
    return this.#sendMessage(subscriber, { type: 'interest', interest })
  }

  #headMessage(head = this.#frameCache.head): Message {
    return headMessage({ ...this.bounds, head }, new Date(this.#deps.now()).toISOString())
  }

  /** Writes the entries between a subscriber's seq and the head, as far as the cache reaches and the connection takes them. */
  catchUp(subscriber: Subscriber): void {
    // A pending read or time slice goes on with this subscriber. Writing here as well would break the order.
    if (subscriber.readPending || subscriber.state === 'full' || subscriber.state === 'gone') return
    if (subscriber.interestPending && !this.#sendInterest(subscriber)) return
    const { head } = this.#frameCache
    const newest = subscriber.seq === head - 1 ? this.#frameCache.get(head) : undefined
    if (newest !== undefined) {
      if (!this.#sendEntry(subscriber, newest)) return
    } else if (subscriber.seq < head && !this.#replay(subscriber)) return
    if (subscriber.seq < this.#frameCache.head) {
      this.#sweep.queue(subscriber)
      return
    }
    subscriber.state = 'live'
    if (!subscriber.livePending) return
    subscriber.livePending = false
    this.#sendMessage(subscriber, liveMessage(this.bounds))
  }

  /** Writes one joined replay from the cache, or begins a read of the log. False: no more can be written now. */
  #replay(subscriber: Subscriber): boolean {
    const run = this.#replayCache.after(subscriber.seq, subscriber.group)
    if (run === undefined) {
      this.#readFor(subscriber)
      return false
    }
    subscriber.seq = run.to
    return run.frame === null || this.#write(subscriber, run.frame)
  }

  /** Reads the log for a subscriber who is behind the cache. One read serves all with the same seq and interest. */
  #readFor(subscriber: Subscriber): void {
    subscriber.state = 'behind'
    subscriber.readPending = true
    const { group } = subscriber
    this.#reads.from(subscriber.seq, group.interest, this.#frameCache.head).then(
      (read) => this.#wasRead(subscriber, group, read),
      (error: unknown) => {
        this.#deps.report(error, 'reading the log for a returning reader')
        this.end(subscriber, closeInternal, 'The log cannot be read now. Come back with your cursor.')
      },
    )
  }

  #wasRead(subscriber: Subscriber, group: Group, read: ReadOn | null): void {
    subscriber.readPending = false
    if (subscriber.state !== 'behind') return
    if (subscriber.interestPending && !this.#sendInterest(subscriber)) return
    if (read === null) {
      subscriber.seq = this.#frameCache.head
      subscriber.livePending = false
      if (!this.#sendMessage(subscriber, resetMessage(this.bounds, 'cursor-too-old', subscriber.group.interest))) return
    } else if (subscriber.group === group) {
      for (const framed of read.framed) if (!this.#sendEntry(subscriber, framed)) return
      subscriber.seq = read.through
    }
    // If the interest has changed meanwhile, the entries are read again: more of them may be for the new one.
    this.catchUp(subscriber)
  }

  /** Moves a subscriber past one entry, and writes it if it is for its interest. False: no more can be written now. */
  #sendEntry(subscriber: Subscriber, framed: Framed): boolean {
    subscriber.seq = framed.entry.seq
    const frame = subscriber.group.frameOf(framed, this.#message)
    return frame === null || this.#write(subscriber, frame)
  }

  #sendMessage(subscriber: Subscriber, message: Message): boolean {
    const frame = subscriber.connection.wire.frame(message)
    return frame === null || this.#write(subscriber, frame)
  }

  #write(subscriber: Subscriber, frame: Frame): boolean {
    if (subscriber.connection.write(frame)) return true
    if (subscriber.state === 'gone' || subscriber.state === 'full') return false
    subscriber.state = 'full'
    subscriber.fullSince = this.#deps.now()
    return false
  }

  #cutIfTooSlow(subscriber: Subscriber): void {
    if (subscriber.fullMs(this.#deps.now()) <= this.limits.fullMsMax) return
    this.end(subscriber, closeTooSlow, 'Too slow. Come back with your cursor.')
  }

  /** Removes a subscriber and closes its connection with a close code (`protocol/close-codes.ts`). */
  end(subscriber: Subscriber, code: number, reason: string): void {
    this.leave(subscriber)
    subscriber.connection.close(code, reason)
  }
}

type Entering = Start | Pick<Start, 'seq'>
