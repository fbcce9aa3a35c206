import { type ConnectionEnd, isFinal, waitMs } from './back-off.ts'
import type { Interest, Listening, ListenOptions, State } from './listen-options.ts'
import { platform, type World } from './platform.ts'
import { epochOf, type Frame, seqOf } from './server-messages.ts'
import { baseOf, streamAddress } from './service-address.ts'
import { openEventStream, openSocket, type StreamConnection } from './stream-connection.ts'

const openingMsMax = 15_000
const heartbeatSecondsDefault = 25
const silentHeartbeats = 2.5
/** A line that lasted so long was a good one: the next wait begins small again. */
const steadyMs = 10_000
const socketFailuresMax = 2

/** The life of one `listen`: at any time it holds one line, or one timer that leads to the next line. */
export class Listener<Seen> implements Listening {
  readonly #options: ListenOptions<Seen>
  readonly #world: World
  readonly #base: URL
  #interest: Interest
  #cursor: string | undefined
  #state: State | undefined
  #line: StreamConnection | undefined
  #wire: 'socket' | 'events' = 'socket'
  #lineInterest: Interest | undefined
  /** What was told on this line and is not answered yet. */
  #unansweredInterests: Interest[] = []
  /** What the service has taken: it is not refused for good later. */
  #heardInterest: Interest | undefined
  /** The event stream is asked why a socket was refused: once for each interest. */
  #asking = false
  #askedInterest: Interest | undefined
  #openedAt: number | undefined
  #heardAt = 0
  #silentMs = 0
  #heartbeatSeconds = heartbeatSecondsDefault
  #goodbyeMs: number | undefined
  #refusal: ConnectionEnd = {}
  #attempt = 0
  #socketFailures = 0
  #socketWorked = false
  #cancelTimer: () => void = () => {}
  #forgetWake: () => void = () => {}
  readonly #abort = () => this.close()

  constructor(options: ListenOptions<Seen>) {
    const { url, languages, topics, level, after, world } = options
    this.#options = options
    this.#world = { ...platform, ...world }
    this.#base = baseOf(url)
    this.#interest = { languages, topics, level }
    this.#cursor = after === 'now' || after === '' ? undefined : after
  }

  get cursor(): string | undefined {
    return this.#cursor
  }

  /** Begins. Called once, by `listen`. */
  start(): void {
    const { signal } = this.#options
    if (signal?.aborted) {
      this.close()
      return
    }
    signal?.addEventListener('abort', this.#abort)
    this.#forgetWake = this.#world.onWake(() => {
      if (this.#state === 'waiting') this.#connect()
    })
    this.#connect()
  }

  change(interest: Interest): void {
    this.#interest = { languages: interest.languages, topics: interest.topics, level: interest.level }
    if (this.#line === undefined) return
    if (this.#wire === 'socket') {
      if (this.#openedAt !== undefined) this.#tellInterest()
    } else this.#connect()
  }

  close(): void {
    this.#stop(undefined)
  }

  #connect(): void {
    this.#cancelTimer()
    this.#line?.drop()
    this.#wire = this.#chooseWire()
    this.#openedAt = undefined
    this.#goodbyeMs = undefined
    this.#refusal = {}
    this.#lineInterest = this.#interest
    this.#unansweredInterests = []
    this.#heardAt = this.#world.now()
    this.#silentMs = openingMsMax
    this.#heartbeatSeconds = heartbeatSecondsDefault
    const listener = {
      alive: () => {
        this.#heardAt = this.#world.now()
      },
      heartbeat: (seconds: number) => {
        this.#heartbeatSeconds = seconds
      },
      frame: (frame: Frame) => this.#hear(frame),
      ended: (ending: ConnectionEnd) => this.#ended(ending),
    }
    const { audience, key } = this.#options
    const url = streamAddress(this.#base, this.#wire, { ...this.#interest, audience, after: this.#cursor })
    const open: typeof openEventStream = this.#wire === 'socket' ? openSocket : openEventStream
    this.#line = open(this.#world, url, listener, key)
    this.#watch(this.#silentMs)
    this.#tell('connecting')
  }

  #chooseWire(): 'socket' | 'events' {
    const { transport = 'auto', key } = this.#options
    if (this.#asking) return 'events'
    if (transport !== 'auto') return transport
    return key !== undefined || this.#socketFailures >= socketFailuresMax ? 'events' : 'socket'
  }

  #hear(frame: Frame): void {
    if (this.#asking && this.#options.transport === 'socket' && frame.type !== 'goodbye') {
      this.#line?.drop()
      this.#ended({ reason: 'no WebSocket gets through, though an event stream does' })
      return
    }
    if (this.#openedAt === undefined) this.#opened(frame)
    switch (frame.type) {
      case 'welcome':
        this.#silentMs = frame.heartbeatSeconds * 1_000 * silentHeartbeats
        if (this.#lineInterest !== this.#interest) this.#tellInterest()
        // In a replay or a reset the position moves only with what comes after: this line may break before it.
        if (frame.resume === 'live') this.#live(frame.cursor)
        if (frame.resume === 'replay') this.#tell('replaying')
        break
      case 'alert':
        this.#entry(frame)
        break
      case 'live':
      case 'head':
        this.#live(frame.cursor)
        break
      case 'reset':
        this.#reset(frame)
        break
      case 'interest':
        this.#heardInterest = this.#unansweredInterests.shift() ?? this.#heardInterest
        this.#call(this.#options.onInterest)
        break
      case 'error':
        this.#unansweredInterests.shift()
        this.#call(this.#options.onState, this.#state ?? 'connecting', { code: frame.code, detail: frame.detail })
        break
      case 'goodbye':
        if (frame.code === undefined) this.#goodbyeMs = frame.reconnectAfterMs
        else this.#refused(frame.code, frame.reconnectAfterMs)
    }
  }

  /** An event stream that begins with why nobody is taken in now: as if an answer had refused it. */
  #refused(reason: string, retryAfterMs: number): void {
    this.#openedAt = undefined
    this.#refusal = { reason, retryAfterMs }
  }

  /** The first frame of a line. An event stream has no welcome: what it begins with tells where it begins. */
  #opened(frame: Frame): void {
    this.#openedAt = this.#world.now()
    if (frame.type !== 'goodbye') this.#heardInterest = this.#lineInterest
    this.#silentMs = this.#heartbeatSeconds * 1_000 * silentHeartbeats
    if (this.#wire === 'socket') this.#socketWorked = true
    else if (frame.type === 'alert') this.#tell(this.#cursor === undefined ? 'live' : 'replaying')
  }

  #live(cursor: string): void {
    this.#move(cursor)
    this.#tell('live')
  }

  #reset({ reason, head, snapshot }: Frame & { type: 'reset' }): void {
    this.#cursor = head
    this.#call(this.#options.onReset, { reason, head, snapshot: new URL(snapshot.slice(1), this.#base).href })
    this.#tell('live')
  }

  #entry(frame: Frame & { type: 'alert' }): void {
    const { seq, cursor, kind, at } = frame
    // A callback may have closed this listener within the same frame.
    if (this.#state === 'stopped' || !this.#move(cursor)) return
    // The server renders it: with the language `*` it has all texts, else one, as `Seen` says.
    const entry = { seq, cursor, kind, at, replayed: this.#state === 'replaying', alert: frame.alert as Seen }
    this.#call(this.#options.onEntry, entry)
  }

  /** Moves the position onward, never back within a log. False when it was there already. */
  #move(cursor: string): boolean {
    const known = this.#cursor
    if (known !== undefined && epochOf(known) === epochOf(cursor) && seqOf(cursor) <= seqOf(known)) return false
    this.#cursor = cursor
    return true
  }

  #tellInterest(): void {
    this.#lineInterest = this.#interest
    this.#unansweredInterests.push(this.#interest)
    const { languages = '*', topics = [], level = 'routine' } = this.#interest
    // What an interest leaves out stays as it is there: so nothing is left out.
    this.#line?.say(JSON.stringify({ type: 'interest', languages: languages.length ? languages : '*', topics, level }))
  }

  #ended(said: ConnectionEnd): void {
    const ending = { ...said, ...this.#refusal }
    this.#line = undefined
    this.#cancelTimer()
    const heard = this.#heardInterest === this.#interest
    if (isFinal(ending, heard)) {
      this.#stop(ending)
      return
    }
    this.#asking = !heard && this.#askedInterest !== this.#interest && this.#isUnexplained(ending)
    if (this.#asking) {
      this.#askedInterest = this.#interest
      this.#countFailure()
      this.#connect()
      return
    }
    // Nothing was asked of the network, so there is nothing to wait for.
    if (ending.unavailable && this.#options.transport !== 'socket') {
      this.#socketFailures = socketFailuresMax
      this.#connect()
      return
    }
    const lastedMs = this.#openedAt === undefined ? 0 : this.#world.now() - this.#openedAt
    if (lastedMs >= steadyMs) this.#attempt = 0
    this.#countFailure()
    const ms = waitMs(ending, this.#attempt, this.#goodbyeMs, this.#world)
    this.#attempt += 1
    this.#cancelTimer = this.#world.later(ms, () => this.#connect())
    this.#tell('waiting', { ms, ...ending })
  }

  /**
   * A socket that never opened does not say why: WebSockets hide the answer. Whoever has heard nothing yet asks the event
   * stream at once, so that a mistake is told by the first refusal.
   */
  #isUnexplained({ code, error }: ConnectionEnd): boolean {
    const failed = error === undefined && (code === undefined || code === 1006)
    return this.#wire === 'socket' && this.#openedAt === undefined && failed
  }

  #countFailure(): void {
    const opened = this.#openedAt !== undefined
    if (this.#wire === 'socket') this.#socketFailures = opened ? 0 : this.#socketFailures + 1
    // The event stream failed too, or sockets did get through once: the next attempt is a socket again.
    else if (!opened || this.#socketWorked) this.#socketFailures = socketFailuresMax - 1
  }

  /** Looks again when the silence would be too long; frames only note the time, so that a replay costs no timers. */
  #watch(ms: number): void {
    this.#cancelTimer = this.#world.later(ms, () => {
      const silent = this.#world.now() - this.#heardAt
      // A clock that was set back tells nothing; then it is better to ask anew.
      if (silent >= 0 && silent < this.#silentMs) {
        this.#watch(this.#silentMs - silent)
        return
      }
      this.#line?.drop()
      this.#ended({ reason: `nothing was heard for ${Math.round(this.#silentMs / 1_000)} s` })
    })
  }

  #stop(detail: ConnectionEnd | undefined): void {
    if (this.#state === 'stopped') return
    this.#cancelTimer()
    this.#forgetWake()
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#line?.drop()
    this.#line = undefined
    this.#tell('stopped', detail)
  }

  #tell(state: State, detail?: unknown): void {
    if (this.#state === state) return
    this.#state = state
    this.#call(this.#options.onState, state, detail)
  }

  /** A callback's error is its author's: it is raised where they will see it, and does not end the line. */
  #call<Args extends readonly unknown[]>(act: ((...args: Args) => void) | undefined, ...args: Args): void {
    try {
      act?.(...args)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
