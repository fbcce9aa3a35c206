import type { Rendered } from '../../domain/alert-types.ts'
import { epochOf } from '../../protocol/cursor.ts'
import { callBack } from '../callback.ts'
import type { Entry, Interest, Listening, ListenOptions, Reset, State, Via } from '../listen-options.ts'
import type { SeenSoFar } from '../mirrors/bundle-news.ts'
import { Position } from '../position.ts'
import { AskedInterests } from './asked-interests.ts'
import { isSeen } from './seen-cursor.ts'

type Listen = (options: ListenOptions<Rendered>, position: Position) => Listening

/**
 * Decides about an entry: whether the newsroom has signed it, and what is called for it in its turn. Never rejects, because the
 * cursor passes the entry. `ended`: nobody waits for the decision any more.
 */
export type Decide = (
  entry: Entry<Rendered>,
  ended: AbortSignal,
) => Promise<{ readonly isGenuine: boolean; readonly act: () => void }>

/** More entries than this do not wait to be decided: the connection is ended, and resumed when all are. */
const waitingMax = 1_000

/**
 * Listens, and decides about each entry before it is given on, which may take a while: all callbacks keep their order,
 * and the cursor is that of what was given on. Entries that came another way are given on between them.
 */
export class OrderedListening implements Listening {
  readonly #options: ListenOptions<Rendered>
  readonly #listen: Listen
  readonly #decide: Decide
  readonly #onOrigin: (state: State, detail?: unknown) => void
  #inner: Listening | undefined
  /** Up to where the service has been read, or need not be. */
  #read: Position
  #interest: Interest
  #heartbeatSeconds: number | undefined
  /** All interests so far. */
  readonly asked: AskedInterests
  /** Up to where all was given on, also as the service says of itself: nothing of that is signed. */
  readonly #given: Position
  /** Up to where all is seen that the newsroom has signed: what came another way is compared with this alone. */
  readonly #verified: Position
  /** Something that is signed has moved it: until then it is what the app has kept, which may once have come from a service's word. */
  #isProven = false
  /** What the app has kept, where what was seen the last time is of another log: which of both is false is not known until something is signed. */
  #rival: string | undefined
  #turn: Promise<void> = Promise.resolve()
  #waiting = 0
  #resuming = false
  /** What was received before this last changed is given on no more. */
  #log = 0
  readonly #ended = new AbortController()
  readonly #abort = () => this.close()

  /** `onOrigin`: how it stands with the service, at once, and not after what waits. */
  constructor(
    options: ListenOptions<Rendered>,
    listen: Listen,
    decide: Decide,
    onOrigin: (state: State, detail?: unknown) => void = () => {},
  ) {
    this.#options = options
    this.#listen = listen
    this.#decide = decide
    this.#onOrigin = onOrigin
    this.#interest = options
    this.#heartbeatSeconds = options.heartbeatSeconds
    this.asked = new AskedInterests(options)
    this.#given = new Position(options.after)
    this.#verified = new Position(options.after)
    this.#read = this.#given
    options.signal?.addEventListener('abort', this.#abort)
    if (options.signal?.aborted) this.close()
    else this.#start()
  }

  get #closed(): boolean {
    return this.#ended.signal.aborted
  }

  get interest(): Interest {
    return this.#interest
  }

  get cursor(): string | undefined {
    // Heartbeats move it too, while nothing waits.
    const read = this.#waiting === 0 && !this.#closed && !this.#resuming ? this.#inner?.cursor : undefined
    if (read !== undefined) this.#given.reset(read)
    return this.#given.cursor
  }

  change(interest: Interest): void {
    this.#interest = interest
    this.asked.add(interest)
    this.#inner?.change(interest)
  }

  askHeartbeat(seconds: number | undefined): void {
    this.#inner?.askHeartbeat(seconds)
    this.#heartbeatSeconds = seconds
  }

  close(): void {
    if (this.#closed) return
    // First, so that a cursor that nobody has waited for is the last one.
    void this.cursor
    this.#end()
    this.#inner?.close()
    callBack(this.#options.onState, 'stopped')
  }

  /**
   * Does something after all that waits, where it has not ended by then: what is given on within it comes in order. Resolves when it is
   * done; null: it had ended.
   */
  async inTurn<Done>(
    act: (seen: Pick<SeenSoFar, 'cursor' | 'isClaimed' | 'rival' | 'read'>) => Done,
  ): Promise<Done | null> {
    let done: Done | null = null
    // What was read meanwhile counts where it was given on.
    if (this.#waiting === 0) void this.cursor
    await this.#enqueue(async () => () => {
      const [rival, read] = [this.#rival, this.#given.cursor]
      done = act({ cursor: this.#verified.cursor, isClaimed: !this.#isProven, rival, read })
    })
    return done
  }

  /**
   * What is signed was seen up to here the last time: what the app has kept counts no further. Of another log it hides nothing of that of the
   * app's cursor: the storage may be another newsroom's as well. Within `inTurn`.
   */
  recall(cursor: string): void {
    const claimed = this.#verified.cursor
    // An app without a cursor begins anew; one that goes back wants the same again.
    if (this.#isProven || claimed === undefined || isSeen(claimed, cursor)) return
    this.#isProven = true
    this.#verified.reset(cursor)
    if (epochOf(claimed) !== epochOf(cursor)) this.#rival = claimed
  }

  /** Gives on a genuine entry that came another way. Within `inTurn`. */
  give(entry: Entry<Rendered>): void {
    if (this.#closed || !this.#prove(entry.cursor)) return
    this.#given.advance(entry.cursor)
    callBack(this.#options.onEntry, entry)
  }

  /** Says where what was given on came from. Within `inTurn`. */
  say(via: Via, state: State): void {
    if (!this.#closed) callBack(this.#options.onState, state, { via })
  }

  /** Tells that entries before a position may be missing. Within `inTurn`. */
  tellGap(reset: Reset): void {
    if (this.#closed) return
    this.#given.reset(reset.head)
    this.#verified.reset(reset.head)
    this.#isProven = true
    this.#rival = undefined
    // What the app began with is past the end of the log: the service is asked for what follows that end.
    if (reset.reason === 'cursor-ahead') this.#read.reset(reset.head)
    callBack(this.#options.onReset, reset)
  }

  /** All up to a cursor was given on, so that the service is asked for nothing before it. Within `inTurn`. */
  pass(cursor: string): void {
    if (this.#closed) return
    this.#given.advance(cursor)
    this.#prove(cursor)
    if (isSeen(cursor, this.#read.cursor)) return
    const known = this.#read.cursor
    this.#read.advance(cursor)
    // Of another log: what is on its way from the one before is not wanted.
    if (known !== undefined && epochOf(known) !== epochOf(cursor)) this.#restart()
  }

  /** Something that is signed reaches up to here. False: no further than what was seen. */
  #prove(cursor: string): boolean {
    this.#isProven = true
    this.#rival = undefined
    return this.#verified.advance(cursor)
  }

  /** The service goes on from another place, which is not signed. */
  #resetTo(head: string): void {
    this.#given.reset(head)
    if (!this.#isProven && isSeen(head, this.#verified.cursor)) this.#verified.reset(head)
  }

  #start(): void {
    const { languages, topics, level } = this.#interest
    this.#read = new Position(this.#given.cursor)
    this.#inner = this.#listen(
      {
        ...this.#options,
        ...{ languages, topics, level, heartbeatSeconds: this.#heartbeatSeconds, signal: undefined },
        onEntry: (entry) => this.#received(entry),
        onState: (state, detail) => {
          if (!this.#resuming) this.#onOrigin(state, detail)
          this.#later(() => this.#stateIs(state, detail))
        },
        onInterest: () => this.#later(() => this.#options.onInterest?.()),
        onReset: (reset) => this.#later(() => this.#options.onReset?.(reset), reset.head),
      },
      this.#read,
    )
    if (this.#closed) this.#inner.close()
  }

  #restart(): void {
    this.#log += 1
    this.#resuming = true
    this.#inner?.close()
    this.#resuming = false
    this.#start()
  }

  #stateIs(state: State, detail: unknown): void {
    if (state === 'stopped') this.#end()
    this.#options.onState?.(state, detail)
  }

  #end(): void {
    this.#ended.abort()
    this.#onOrigin('stopped')
    this.#options.signal?.removeEventListener('abort', this.#abort)
  }

  #received(entry: Entry<Rendered>): void {
    if (this.#resuming) return
    // Decided in turn as well: none overtakes, and none is verified in vain after the end.
    void this.#enqueue(async () => {
      if (isSeen(entry.cursor, this.#given.cursor)) return () => {}
      const { isGenuine, act } = await this.#decide(entry, this.#ended.signal)
      return () => {
        this.#given.advance(entry.cursor)
        if (isGenuine) this.#prove(entry.cursor)
        act()
      }
    })
    if (this.#waiting > waitingMax) this.#resumeLater()
  }

  /** Calls a callback after what waits. `head`: where a reset leads to. */
  #later(act: () => void, head?: string): void {
    if (this.#resuming) return
    const acted = () => {
      if (head !== undefined) this.#resetTo(head)
      act()
    }
    if (this.#waiting > 0 || head !== undefined) void this.#enqueue(async () => acted)
    // At once where nothing waits, as without this class.
    else if (!this.#closed) act()
  }

  #enqueue(decide: () => Promise<() => void>): Promise<void> {
    this.#waiting += 1
    const log = this.#log
    this.#turn = this.#turn.then(async () => {
      try {
        if (this.#closed || log !== this.#log) return
        const act = await decide()
        if (!this.#closed) callBack(act)
      } catch (error) {
        callBack(() => {
          throw error
        })
      } finally {
        this.#waiting -= 1
      }
    })
    return this.#turn
  }

  #resumeLater(): void {
    this.#resuming = true
    this.#inner?.close()
    this.#turn = this.#turn.then(() => {
      this.#resuming = false
      if (!this.#closed) this.#start()
    })
  }
}
