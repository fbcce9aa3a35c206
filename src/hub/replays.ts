import type { Entry, Seq, Start } from '../log/log.ts'
import { closeInternal } from '../protocol/close-codes.ts'
import { heartbeatSecondsOf } from '../protocol/live-streams.ts'
import type { Message } from '../protocol/message-schemas.ts'
import { type Frame, greetingFrame, resetMessage } from '../protocol/messages.ts'
import type { StreamTerms } from '../protocol/terms/stream-terms.ts'
import { type FrameCache, type Framed, type ReadOn, Reads } from './frame-cache.ts'
import type { Group } from './group.ts'
import type { HubDeps } from './hub-deps.ts'
import type { HubLimits } from './hub-limits.ts'
import { ReplayCache } from './replay-cache.ts'
import type { Subscriber } from './subscriber.ts'

/** What the hub does for one subscriber. False: no more can be written to it now. */
type Sends = {
  readonly bounds: HubDeps['bounds']
  catchUp(subscriber: Subscriber): void
  end(subscriber: Subscriber, code: number, reason: string): void
  headMessage(head?: Seq): Message
  send(subscriber: Subscriber, frame: Frame, messages?: number): boolean
  sendEntry(subscriber: Subscriber, framed: Framed): boolean
  sendInterest(subscriber: Subscriber): boolean
  sendMessage(subscriber: Subscriber, message: Message): boolean
  write(subscriber: Subscriber, frame: Frame): boolean
}

type Deps = Pick<HubDeps, 'log' | 'report'> & {
  readonly limits: HubLimits
  readonly frameCache: FrameCache
  readonly message: (entry: Entry, language: string) => Message
}

/** Begins streams, and brings subscribers on who are more than one entry behind the head: from the cache, or from the log. */
export class Replays {
  readonly #deps: Deps
  readonly #hub: Sends
  readonly #reads: Reads
  readonly #replayCache: ReplayCache

  constructor(deps: Deps, hub: Sends) {
    this.#deps = deps
    this.#hub = hub
    this.#reads = new Reads(deps.log, deps.limits.readEntriesMax)
    this.#replayCache = new ReplayCache({ ...deps, bounds: () => hub.bounds })
  }

  /** The head has moved. */
  forget(): void {
    this.#replayCache.forget()
  }

  /** Sends the first messages of a stream. */
  open(subscriber: Subscriber, start: Start): void {
    const { to, frame } = this.#replayCache.opening(start, subscriber.group)
    subscriber.seq = to
    subscriber.livePending = start.resume === 'replay' && to < this.#deps.frameCache.head
    if (frame !== null) this.#hub.write(subscriber, frame)
    // Without a welcome the head is sent at once: a reader whose connection breaks in the first second has a cursor.
    else if (start.resume === 'live') this.#hub.sendMessage(subscriber, this.#hub.headMessage())
  }

  /** As `open`, for a reader with terms: its welcome is its own, and what follows is counted entry by entry. */
  openByTerms(subscriber: Subscriber, start: Start, terms: StreamTerms): void {
    const { limits } = this.#deps
    subscriber.livePending = start.resume === 'replay'
    const heartbeatSeconds = heartbeatSecondsOf(terms, limits.heartbeatSeconds)
    const frame = greetingFrame(subscriber.group, start, this.#hub.bounds, { ...limits, ...terms, heartbeatSeconds })
    if (frame !== null) this.#hub.send(subscriber, frame, start.resume === 'reset' ? 2 : 1)
    else if (start.resume === 'live') this.#hub.sendMessage(subscriber, this.#hub.headMessage())
  }

  /** Writes one joined replay from the cache, or begins a read of the log. False: no more can be written now. */
  bringOn(subscriber: Subscriber): boolean {
    if (subscriber.budget !== null) return this.#oneByOne(subscriber)
    const run = this.#replayCache.after(subscriber.seq, subscriber.group)
    if (run === undefined) {
      this.#readFor(subscriber)
      return false
    }
    subscriber.seq = run.to
    return run.frame === null || this.#hub.write(subscriber, run.frame)
  }

  /** The same for a reader with a budget: as many entries as it allows. */
  #oneByOne(subscriber: Subscriber): boolean {
    const { frameCache, limits } = this.#deps
    const until = Math.min(frameCache.head, subscriber.seq + limits.replaySliceEntriesMax)
    while (subscriber.seq < until) {
      const framed = frameCache.get(subscriber.seq + 1)
      if (framed === undefined) {
        this.#readFor(subscriber)
        return false
      }
      if (!this.#hub.sendEntry(subscriber, framed)) return false
    }
    return true
  }

  /** Reads the log for a subscriber who is behind the cache. One read serves all with the same seq and interest. */
  #readFor(subscriber: Subscriber): void {
    subscriber.state = 'behind'
    subscriber.readPending = true
    const { group } = subscriber
    this.#reads.from(subscriber.seq, group.interest, this.#deps.frameCache.head).then(
      (read) => this.#wasRead(subscriber, group, read),
      (error: unknown) => {
        this.#deps.report(error, 'reading the log for a returning reader')
        this.#hub.end(subscriber, closeInternal, 'The log cannot be read now. Come back with your cursor.')
      },
    )
  }

  #wasRead(subscriber: Subscriber, group: Group, read: ReadOn | null): void {
    subscriber.readPending = false
    if (subscriber.state !== 'behind') return
    if (subscriber.interestPending && !this.#hub.sendInterest(subscriber)) return
    if (read === null) {
      subscriber.seq = this.#deps.frameCache.head
      subscriber.livePending = false
      const reset = resetMessage(this.#hub.bounds, 'cursor-too-old', subscriber.group.interest)
      if (!this.#hub.sendMessage(subscriber, reset)) return
    } else if (subscriber.group === group) {
      for (const framed of read.framed) if (!this.#hub.sendEntry(subscriber, framed)) return
      subscriber.seq = read.through
    }
    // If the interest has changed meanwhile, the entries are read again: more of them may be for the new one.
    this.#hub.catchUp(subscriber)
  }
}
