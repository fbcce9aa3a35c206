import { type ConnectionEnd, isFinal, isRefusal, waitMs } from './back-off.ts'
import { callBack } from './callback.ts'
import { addressBelow, baseOf, interestText, snapshotAddress, streamAddress } from './client-requests.ts'
import type { Interest, Listening, ListenOptions } from './listen-options.ts'
import { Freezes } from './network/freezes.ts'
import { SilenceWatch } from './network/silence-watch.ts'
import { isUnexplained, TransportChoice } from './network/transport-choice.ts'
import { platform, type World } from './platform.ts'
import { Position } from './position.ts'
import type { ServerMessage } from './server-messages.ts'
import { openEventStream, openSocket, type StreamConnection } from './stream-connection.ts'
import { ToldState } from './told-state.ts'

/** After a connection that lasted this long, the back-off starts again from its first step. */
const stableConnectionMs = 10_000
/** A `goodbye` that spreads the returns over a longer time is not one of a budget that is spent. */
const promptReconnectMsMax = 100

/** The life of one `listen`: at any time it holds one connection, or one timer that leads to the next. */
export class Listener<Seen> implements Listening {
  readonly #options: ListenOptions<Seen>
  readonly #world: World
  readonly #base: URL
  #interest: Interest
  readonly #position: Position
  readonly #state: ToldState
  readonly #silence: SilenceWatch
  readonly #freezes: Freezes
  readonly #transports: TransportChoice
  #connection: StreamConnection | undefined
  #transport: 'socket' | 'events' = 'socket'
  #connectionInterest: Interest | undefined
  /** Interests that were sent on this connection and are not answered yet. */
  #unansweredInterests: Interest[] = []
  /** The interest that the service has accepted: a later refusal of it is not final. */
  #acceptedInterest: Interest | undefined
  /** The event stream is being tried to learn why a socket was refused: once for each interest. */
  #probing = false
  #probedInterest: Interest | undefined
  #openedAt: number | undefined
  #goodbyeMs: number | undefined
  #refusal: ConnectionEnd = {}
  #attempt = 0
  #cancelTimer: () => void = () => {}
  #removeWakeListener: () => void = () => {}
  readonly #abort = () => this.close()

  constructor(options: ListenOptions<Seen>, position?: Position) {
    const { url, languages, topics, level, after, world } = options
    this.#options = options
    this.#world = { ...platform, ...world }
    this.#base = baseOf(url)
    this.#interest = { languages, topics, level }
    this.#position = position ?? new Position(after)
    this.#state = new ToldState(options.onState, this.#world)
    this.#silence = new SilenceWatch(this.#world, (silentMs, isOnTime) => this.#fellSilent(silentMs, isOnTime))
    this.#transports = new TransportChoice(options)
    this.#freezes = new Freezes(options, this.#world.now)
  }

  get cursor(): string | undefined {
    return this.#position.cursor
  }

  /** Begins. Called once, by `listen`. */
  start(): void {
    const { signal } = this.#options
    signal?.addEventListener('abort', this.#abort)
    this.#removeWakeListener = this.#world.onWake(() => {
      this.#freezes.wake()
      if (this.#state.state === 'waiting') this.#connect()
    })
    if (signal?.aborted) this.close()
    else this.#connect()
  }

  change(interest: Interest): void {
    this.#interest = { languages: interest.languages, topics: interest.topics, level: interest.level }
    if (this.#connection === undefined) return
    if (this.#transport !== 'socket') this.#connect()
    else if (this.#wasOpened) this.#sendInterest()
  }

  askHeartbeat(seconds: number | undefined): void {
    if (!this.#freezes.want(seconds) || this.#connection === undefined) return
    this.#state.hold()
    this.#connect()
  }

  close(): void {
    this.#stop(undefined)
  }

  #connect(why?: ConnectionEnd): void {
    this.#cancelTimer()
    this.#connection?.drop()
    // The event stream says why a socket was refused.
    this.#transport = this.#probing ? 'events' : this.#transports.choose()
    this.#openedAt = undefined
    this.#goodbyeMs = undefined
    this.#refusal = {}
    this.#connectionInterest = this.#interest
    this.#unansweredInterests = []
    this.#position.begin()
    const listener = {
      alive: (bytes: number) => {
        this.#silence.received()
        this.#freezes.receive(bytes)
      },
      heartbeat: (seconds: number) => this.#silence.heartbeat(seconds),
      message: (message: ServerMessage) => this.#receive(message),
      ended: (ending: ConnectionEnd) => this.#ended(ending),
    }
    const { audience, key } = this.#options
    const wanted = { ...this.#interest, audience, after: this.cursor }
    const asked = this.#freezes.begin()
    const url = streamAddress(this.#base, this.#transport, wanted, asked)
    const open: typeof openEventStream = this.#transport === 'socket' ? openSocket : openEventStream
    this.#connection = open(this.#world, url, listener, key)
    this.#silence.begin(asked.heartbeat, this.#attempt)
    this.#state.set('connecting', why)
  }

  #receive(message: ServerMessage): void {
    if (this.#probing && this.#options.transport === 'socket' && message.type !== 'goodbye') {
      this.#connection?.drop()
      this.#ended({ reason: 'a WebSocket cannot be opened, although an event stream can' })
      return
    }
    const connection = this.#connection
    if (!this.#wasOpened) this.#opened(message)
    // A callback may have closed this listener, or changed the interest and so connected again.
    if (this.#connection !== connection) return
    switch (message.type) {
      case 'welcome':
        this.#silence.heartbeat(message.heartbeatSeconds)
        if (this.#connectionInterest !== this.#interest) this.#sendInterest()
        // In a replay or a reset the cursor moves only with what comes after: the connection may break before that.
        if (message.resume === 'live') this.#setLive(message.cursor)
        if (message.resume === 'replay') this.#state.set('replaying')
        break
      case 'alert':
        this.#entry(message)
        break
      case 'live':
      case 'head':
        this.#setLive(message.cursor)
        // Heartbeats every two seconds are for a suspicion only. A callback may have closed this listener.
        if (this.#connection === connection && this.#freezes.caughtUp()) this.#goOn()
        break
      case 'reset':
        this.#reset(message)
        break
      case 'interest':
        this.#acceptedInterest = this.#unansweredInterests.shift() ?? this.#acceptedInterest
        callBack(this.#options.onInterest)
        break
      case 'error':
        this.#unansweredInterests.shift()
        callBack(this.#options.onState, this.#state.state ?? 'connecting', {
          code: message.code,
          detail: message.detail,
        })
        break
      case 'goodbye':
        this.#goodbye(message)
    }
  }

  /**
   * The service ends the connection: at once where its budget is spent. One that brought nothing would be followed by the next
   * without end, so that it is backed off from.
   */
  #goodbye({ code, reconnectAfterMs }: ServerMessage & { type: 'goodbye' }): void {
    if (code !== undefined) {
      // An event stream that begins so is a refusal.
      this.#openedAt = undefined
      this.#refusal = { reason: code, retryAfterMs: reconnectAfterMs }
    } else if (!this.#freezes.isAsking || reconnectAfterMs > promptReconnectMsMax) this.#goodbyeMs = reconnectAfterMs
    else if (this.#position.hasMoved || this.#hasLasted) this.#goOn()
  }

  /** Goes on with another connection at once. An app is told of it only when that is not live soon, or where it wants to hear why. */
  #goOn(why?: ConnectionEnd): void {
    this.#attempt = 0
    this.#transports.ended(this.#transport, this.#wasOpened)
    if (!why || !this.#freezes.wanted) this.#state.hold()
    this.#connect(why)
  }

  /** The first message of a connection. An event stream has no welcome; its first event shows where it begins. */
  #opened(message: ServerMessage): void {
    this.#openedAt = this.#world.now()
    this.#freezes.open()
    if (message.type !== 'goodbye') this.#acceptedInterest = this.#connectionInterest
    this.#silence.open()
    if (this.#transport === 'socket') this.#transports.socketOpened()
    else if (message.type === 'alert') this.#state.set(this.cursor === undefined ? 'live' : 'replaying')
  }

  #setLive(cursor: string): void {
    this.#position.advance(cursor)
    this.#state.set('live')
  }

  #reset({ reason, head, snapshot }: ServerMessage & { type: 'reset' }): void {
    const connection = this.#connection
    this.#position.reset(head)
    const address = addressBelow(this.#base, snapshot) ?? snapshotAddress(this.#base, this.#interest)
    callBack(this.#options.onReset, { reason, head, snapshot: address })
    if (this.#connection === connection) this.#state.set('live')
  }

  #entry(message: ServerMessage & { type: 'alert' }): void {
    const { seq, cursor, kind, at } = message
    if (!this.#position.advance(cursor)) return
    // The server renders it: with the language `*` it has all texts, else one, as `Seen` says.
    const entry = { seq, cursor, kind, at, replayed: this.#state.state === 'replaying', alert: message.alert as Seen }
    callBack(this.#options.onEntry, entry)
  }

  #sendInterest(): void {
    this.#connectionInterest = this.#interest
    this.#unansweredInterests.push(this.#interest)
    this.#connection?.send(interestText(this.#interest))
  }

  #ended(reported: ConnectionEnd): void {
    const ending = { ...reported, ...this.#refusal }
    this.#connection = undefined
    this.#silence.end()
    this.#freezes.end()
    if (this.#asksDifferently(ending)) this.#connect()
    else if (isFinal(ending, this.#isAccepted)) this.#stop(ending)
    else this.#wait(ending)
  }

  /** Whether there is another way to ask, which is tried at once. */
  #asksDifferently(ending: ConnectionEnd): boolean {
    const isSocketRefused = this.#transport === 'socket' && !this.#wasOpened && isUnexplained(ending)
    // Before the first message the event stream is tried at once, so that the first refusal already names the mistake.
    const isFirst = !this.#isAccepted && this.#probedInterest !== this.#interest
    // Where nothing but sockets is tried, only this shows a service that was replaced by an earlier version.
    const mayBeUnknown = this.#options.transport === 'socket' && this.#freezes.asked !== undefined
    this.#probing = isSocketRefused && (isFirst || mayBeUnknown)
    if (this.#probing) {
      this.#probedInterest = this.#interest
      this.#transports.ended(this.#transport, this.#wasOpened)
    }
    // Nothing was asked of the network, so there is nothing to wait for.
    const hasNoSocket = ending.unavailable === true && this.#options.transport !== 'socket'
    if (hasNoSocket) this.#transports.withoutSockets()
    // A service of an earlier version refuses a parameter that it does not know.
    const isRefused = isRefusal(ending) && ending.status === 400 && this.#freezes.refuse()
    if (isRefused) this.#probedInterest = undefined
    return this.#probing || hasNoSocket || isRefused
  }

  #wait(ending: ConnectionEnd): void {
    if (this.#hasLasted) this.#attempt = 0
    this.#transports.ended(this.#transport, this.#wasOpened)
    const ms = waitMs(ending, this.#attempt, this.#goodbyeMs, this.#world)
    this.#attempt += 1
    this.#cancelTimer = this.#world.later(ms, () => this.#connect())
    this.#state.set('waiting', { ms, ...ending })
  }

  /** Whether the service has accepted the interest before. */
  get #isAccepted(): boolean {
    return this.#acceptedInterest === this.#interest
  }

  /** Whether the connection has brought a message. */
  get #wasOpened(): boolean {
    return this.#openedAt !== undefined
  }

  get #hasLasted(): boolean {
    return this.#openedAt !== undefined && this.#world.now() - this.#openedAt >= stableConnectionMs
  }

  #fellSilent(silentMs: number, isOnTime: boolean): void {
    this.#connection?.drop()
    const why = { reason: `nothing was received for ${Math.round(silentMs / 1_000)} s`, silentMs }
    if (this.#freezes.silent(isOnTime, this.#state.state === 'live')) this.#goOn(why)
    else this.#ended(why)
  }

  #stop(detail: ConnectionEnd | undefined): void {
    if (this.#state.state === 'stopped') return
    this.#cancelTimer()
    this.#silence.end()
    this.#removeWakeListener()
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#connection?.drop()
    this.#connection = undefined
    this.#state.set('stopped', detail)
  }
}
