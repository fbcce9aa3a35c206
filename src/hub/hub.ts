import type { Alert } from '../domain/alert-types.ts'
import type { Interest } from '../domain/interest.ts'
import { type Bounds, type Cursor, type Entry, type Seq, startOf } from '../log/log.ts'
import { closeBudgetSpent, closeTooSlow } from '../protocol/close-codes.ts'
import type { Message } from '../protocol/message-schemas.ts'
import type { Frame } from '../protocol/messages.ts'
import { entryMessage, headMessage, liveMessage } from '../protocol/messages.ts'
import type { StreamRequest } from '../protocol/stream-request.ts'
import type { StreamTerms } from '../protocol/terms/stream-terms.ts'
import { FrameCache, type Framed } from './frame-cache.ts'
import { Groups } from './group.ts'
import { Heartbeats } from './heartbeats.ts'
import type { HubDeps } from './hub-deps.ts'
import { type HubLimits, hubLimits } from './hub-limits.ts'
import { type BudgetLeft, OutgoingBudget } from './outgoing-budget.ts'
import { Replays } from './replays.ts'
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
  readonly #heartbeats: Heartbeats
  readonly #groups = new Groups()
  readonly #slots = new SubscriberSlots()
  readonly #replays: Replays
  readonly #message: (entry: Entry, language: string) => Message
  readonly #sweep: Sweep
  readonly #writeBatch: (step: () => void) => void

  constructor(deps: HubDeps) {
    this.#deps = deps
    this.limits = { ...hubLimits, ...deps.limits }
    this.#frameCache = new FrameCache(deps.bounds.head, deps.recent ?? [], this.limits.hotEntriesMax)
    this.#writeBatch = deps.writeBatch ?? ((step) => step())
    this.#sweep = new Sweep({ ...deps, limits: this.limits }, this.#slots, this)
    this.#heartbeats = new Heartbeats({ ...deps, limits: this.limits, frameCache: this.#frameCache }, this.#slots, this)
    this.#message = (entry, language) => entryMessage(entry, language, deps.bounds.epoch, deps.newsroom)
    const shared = { limits: this.limits, frameCache: this.#frameCache, message: this.#message }
    this.#replays = new Replays({ ...deps, ...shared }, this)
  }

  get bounds(): Bounds {
    return { ...this.#deps.bounds, head: this.#frameCache.head }
  }

  /**
   * Adds a subscriber: welcome, then a reset or the replay from the cursor, then live. `isNarrowed`: sends the interest
   * that holds, because it is less than the reader asked for. `terms`: what it asked of its connection.
   */
  join(connection: Connection, interest: Interest, cursor?: Cursor | 'now', asked: Asked = {}): Subscriber {
    const start = startOf(cursor, this.bounds, this.limits.replayEntriesMax)
    const subscriber = new Subscriber(connection, this.#groups.enter(connection.wire, interest), start.seq)
    subscriber.interestPending = asked.isNarrowed === true
    this.#slots.add(subscriber)
    if (asked.terms === undefined) this.#replays.open(subscriber, start)
    else {
      this.#keepTerms(subscriber, asked.terms)
      this.#replays.openByTerms(subscriber, start, asked.terms)
    }
    this.catchUp(subscriber)
    subscriber.budget?.opened()
    return subscriber
  }

  /**
   * Adds a subscriber whose connection was open before and who has seen entries up to `seq`: no welcome, nothing twice.
   * `left`: what was left of its budget.
   */
  restore(connection: Connection, interest: Interest, seq: Seq, terms?: StreamTerms, left?: BudgetLeft): Subscriber {
    const subscriber = new Subscriber(connection, this.#groups.enter(connection.wire, interest), seq)
    this.#slots.add(subscriber)
    if (terms !== undefined) this.#keepTerms(subscriber, terms, left)
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
    this.#replays.forget()
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
    this.sendMessage(subscriber, this.headMessage(subscriber.seq))
  }

  /** Sends a subscriber a message that answers what it sent. */
  answer(subscriber: Subscriber, message: Message): void {
    if (subscriber.state !== 'gone') this.sendMessage(subscriber, message)
  }

  /** Counts bytes that the connection sends by itself, such as a pong. */
  count(subscriber: Subscriber, bytes: number): void {
    if (!this.#takes(subscriber, bytes, 1)) this.endInOrder(subscriber)
  }

  /**
   * Heartbeat, spread over `slots` calls in `heartbeatSeconds`: each call sends the head to every `slots`th subscriber,
   * and closes those of them that stayed full too long. Without `slots`, one call a second is expected.
   */
  beat(slot: number, slots: number = this.limits.heartbeatSeconds): void {
    this.#heartbeats.beat(slot, slots)
  }

  /** Heartbeats of the subscribers with an interval of their own who are due by now. */
  beatOwn(): void {
    this.#heartbeats.beatOwn()
  }

  /** When `beatOwn` is due next, in Unix milliseconds; null: not before another subscriber joins. */
  get nextOwnBeatMs(): number | null {
    return this.#heartbeats.nextOwnMs
  }

  /** Asks all subscribers to reconnect, each after a random part of this time. */
  goodbye(reconnectAfterMs: number): void {
    this.#writeBatch(() => {
      for (const subscriber of this.#slots) {
        const frame = goodbyeFrame(subscriber, reconnectAfterMs)
        if (subscriber.state !== 'full' && frame !== null) this.write(subscriber, frame)
      }
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

  #keepTerms(subscriber: Subscriber, terms: StreamTerms, left?: BudgetLeft): void {
    const { budgetBytes, limitEntries, heartbeatSeconds } = terms
    if (budgetBytes !== undefined || limitEntries !== undefined) subscriber.budget = new OutgoingBudget(terms, left)
    if (heartbeatSeconds === undefined || heartbeatSeconds >= this.limits.heartbeatSeconds) return
    this.#heartbeats.add(subscriber, heartbeatSeconds)
  }

  /** Confirms a change of interest, before any entry that is sent by the new one. False: the connection is full. */
  sendInterest(subscriber: Subscriber): boolean {
    subscriber.interestPending = false
    const { audience: _, ...interest } = subscriber.group.interest
    return this.sendMessage(subscriber, { type: 'interest', interest })
  }

  headMessage(head = this.#frameCache.head): Message {
    return headMessage({ ...this.bounds, head }, new Date(this.#deps.now()).toISOString())
  }

  /** Writes the entries between a subscriber's seq and the head, as far as the cache reaches and the connection takes them. */
  catchUp(subscriber: Subscriber): void {
    // A pending read or time slice goes on with this subscriber. Writing here as well would break the order.
    if (subscriber.readPending || subscriber.state === 'full' || subscriber.state === 'gone') return
    if (subscriber.interestPending && !this.sendInterest(subscriber)) return
    const { head } = this.#frameCache
    const newest = subscriber.seq === head - 1 ? this.#frameCache.get(head) : undefined
    if (newest !== undefined) {
      if (!this.sendEntry(subscriber, newest)) return
    } else if (subscriber.seq < head && !this.#replays.bringOn(subscriber)) return
    if (subscriber.seq < this.#frameCache.head) {
      this.#sweep.queue(subscriber)
      return
    }
    subscriber.state = 'live'
    if (!subscriber.livePending) return
    subscriber.livePending = false
    this.sendMessage(subscriber, liveMessage(this.bounds))
  }

  /** Moves a subscriber past one entry, and writes it if it is for its interest. False: no more can be written now. */
  sendEntry(subscriber: Subscriber, framed: Framed): boolean {
    const frame = subscriber.group.frameOf(framed, this.#message)
    if (frame !== null && subscriber.budget?.takesEntry(frame.length, subscriber.livePending) === false)
      return this.endInOrder(subscriber)
    subscriber.seq = framed.entry.seq
    return frame === null || this.write(subscriber, frame)
  }

  sendMessage(subscriber: Subscriber, message: Message): boolean {
    const frame = subscriber.connection.wire.frame(message)
    return frame === null || this.send(subscriber, frame)
  }

  /** Writes what is not an entry, as far as the subscriber's budget allows. False: no more can be written now. */
  send(subscriber: Subscriber, frame: Frame, messages = 1): boolean {
    if (!this.#takes(subscriber, frame.length, messages)) return this.endInOrder(subscriber)
    return this.write(subscriber, frame)
  }

  #takes({ budget, seq }: Subscriber, bytes: number, messages: number): boolean {
    return budget === null || budget.takes(bytes, messages, seq < this.#frameCache.head)
  }

  /** Ends the connection of a subscriber whose budget is spent: it comes back at once, with its cursor. Gives false. */
  endInOrder(subscriber: Subscriber): false {
    if (subscriber.state === 'gone') return false
    this.leave(subscriber)
    const frame = goodbyeFrame(subscriber, 0)
    if (frame !== null) subscriber.connection.write(frame)
    // Later, because the platform may submit the writes of this step when it ends, and the close comes after them.
    this.#deps.soon(() => subscriber.connection.close(closeBudgetSpent, 'Come back at once with your cursor.'))
    return false
  }

  write(subscriber: Subscriber, frame: Frame): boolean {
    if (subscriber.connection.write(frame)) return true
    if (subscriber.state === 'gone' || subscriber.state === 'full') return false
    subscriber.state = 'full'
    subscriber.fullSince = this.#deps.now()
    return false
  }

  cutIfTooSlow(subscriber: Subscriber): void {
    if (subscriber.fullMs(this.#deps.now()) <= this.limits.fullMsMax) return
    this.end(subscriber, closeTooSlow, 'Too slow. Come back with your cursor.')
  }

  /** Removes a subscriber and closes its connection with a close code (`protocol/close-codes.ts`). */
  end(subscriber: Subscriber, code: number, reason: string): void {
    this.leave(subscriber)
    subscriber.connection.close(code, reason)
  }
}

/** Written without being counted: each budget has kept its bytes. */
function goodbyeFrame({ connection }: Subscriber, reconnectAfterMs: number): Frame | null {
  return connection.wire.frame({ type: 'goodbye', reconnectAfterMs })
}

type Asked = Pick<StreamRequest, 'isNarrowed' | 'terms'>
