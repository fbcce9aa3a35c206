import { epochOf, seqOf } from '../protocol/cursor.ts'
import { streamLimits } from '../protocol/live-streams.ts'
import { type ConnectionEnd, isFinal, silentMsMax, waitMs } from './back-off.ts'
import { baseOf, interestText, streamAddress } from './client-requests.ts'
import type { Interest, Listening, ListenOptions, State } from './listen-options.ts'
import { platform, type World } from './platform.ts'
import type { ServerMessage } from './server-messages.ts'
import { openEventStream, openSocket, type StreamConnection } from './stream-connection.ts'

const openingMsMax = 15_000
/** After a connection that lasted this long, the back-off starts again from its first step. */
const stableConnectionMs = 10_000
const socketFailuresMax = 2

/** The life of one `listen`: at any time it holds one connection, or one timer that leads to the next. */
export class Listener<Seen> implements Listening {
  readonly #options: ListenOptions<Seen>
  readonly #world: World
  readonly #base: URL
  #interest: Interest
  #cursor: string | undefined
  #state: State | undefined
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
  #receivedAt = 0
  #silentMs = 0
  #heartbeatSeconds: number = streamLimits.heartbeatSeconds
  #goodbyeMs: number | undefined
  #refusal: ConnectionEnd = {}
  #attempt = 0
  #socketFailures = 0
  #socketWorked = false
  #cancelTimer: () => void = () => {}
  #removeWakeListener: () => void = () => {}
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
    this.#removeWakeListener = this.#world.onWake(() => {
      if (this.#state === 'waiting') this.#connect()
    })
    this.#connect()
  }

  change(interest: Interest): void {
    this.#interest = { languages: interest.languages, topics: interest.topics, level: interest.level }
    if (this.#connection === undefined) return
    if (this.#transport === 'socket') {
      if (this.#openedAt !== undefined) this.#sendInterest()
    } else this.#connect()
  }

  close(): void {
    this.#stop(undefined)
  }

  #connect(): void {
    this.#cancelTimer()
    this.#connection?.drop()
    this.#transport = this.#chooseTransport()
    this.#openedAt = undefined
    this.#goodbyeMs = undefined
    this.#refusal = {}
    this.#connectionInterest = this.#interest
    this.#unansweredInterests = []
    this.#receivedAt = this.#world.now()
    this.#silentMs = openingMsMax
    this.#heartbeatSeconds = streamLimits.heartbeatSeconds
    const listener = {
      alive: () => {
        this.#receivedAt = this.#world.now()
      },
      heartbeat: (seconds: number) => {
        this.#heartbeatSeconds = seconds
      },
      message: (message: ServerMessage) => this.#receive(message),
      ended: (ending: ConnectionEnd) => this.#ended(ending),
    }
    const { audience, key } = this.#options
    const url = streamAddress(this.#base, this.#transport, { ...this.#interest, audience, after: this.#cursor })
    const open: typeof openEventStream = this.#transport === 'socket' ? openSocket : openEventStream
    this.#connection = open(this.#world, url, listener, key)
    this.#watchSilence(this.#silentMs)
    this.#setState('connecting')
  }

  #chooseTransport(): 'socket' | 'events' {
    const { transport = 'auto', key } = this.#options
    if (this.#probing) return 'events'
    if (transport !== 'auto') return transport
    return key !== undefined || this.#socketFailures >= socketFailuresMax ? 'events' : 'socket'
  }

  #receive(message: ServerMessage): void {
    if (this.#probing && this.#options.transport === 'socket' && message.type !== 'goodbye') {
      this.#connection?.drop()
      this.#ended({ reason: 'a WebSocket cannot be opened, although an event stream can' })
      return
    }
    const connection = this.#connection
    if (this.#openedAt === undefined) this.#opened(message)
    // A callback may have closed this listener, or changed the interest and so connected again.
    if (this.#connection !== connection) return
    switch (message.type) {
      case 'welcome':
        this.#silentMs = silentMsMax(message.heartbeatSeconds)
        if (this.#connectionInterest !== this.#interest) this.#sendInterest()
        // In a replay or a reset the cursor moves only with what comes after: the connection may break before that.
        if (message.resume === 'live') this.#setLive(message.cursor)
        if (message.resume === 'replay') this.#setState('replaying')
        break
      case 'alert':
        this.#entry(message)
        break
      case 'live':
      case 'head':
        this.#setLive(message.cursor)
        break
      case 'reset':
        this.#reset(message)
        break
      case 'interest':
        this.#acceptedInterest = this.#unansweredInterests.shift() ?? this.#acceptedInterest
        this.#call(this.#options.onInterest)
        break
      case 'error':
        this.#unansweredInterests.shift()
        this.#call(this.#options.onState, this.#state ?? 'connecting', { code: message.code, detail: message.detail })
        break
      case 'goodbye':
        if (message.code === undefined) this.#goodbyeMs = message.reconnectAfterMs
        else this.#refused(message.code, message.reconnectAfterMs)
    }
  }

  /** An event stream that begins with a `goodbye` and a code is a refusal. */
  #refused(reason: string, retryAfterMs: number): void {
    this.#openedAt = undefined
    this.#refusal = { reason, retryAfterMs }
  }

  /** The first message of a connection. An event stream has no welcome; its first event shows where it begins. */
  #opened(message: ServerMessage): void {
    this.#openedAt = this.#world.now()
    if (message.type !== 'goodbye') this.#acceptedInterest = this.#connectionInterest
    this.#silentMs = silentMsMax(this.#heartbeatSeconds)
    if (this.#transport === 'socket') this.#socketWorked = true
    else if (message.type === 'alert') this.#setState(this.#cursor === undefined ? 'live' : 'replaying')
  }

  #setLive(cursor: string): void {
    this.#advanceCursor(cursor)
    this.#setState('live')
  }

  #reset({ reason, head, snapshot }: ServerMessage & { type: 'reset' }): void {
    const connection = this.#connection
    this.#cursor = head
    this.#call(this.#options.onReset, { reason, head, snapshot: new URL(snapshot.slice(1), this.#base).href })
    if (this.#connection === connection) this.#setState('live')
  }

  #entry(message: ServerMessage & { type: 'alert' }): void {
    const { seq, cursor, kind, at } = message
    if (!this.#advanceCursor(cursor)) return
    // The server renders it: with the language `*` it has all texts, else one, as `Seen` says.
    const entry = { seq, cursor, kind, at, replayed: this.#state === 'replaying', alert: message.alert as Seen }
    this.#call(this.#options.onEntry, entry)
  }

  /** Moves the cursor onward, never back within a log. False for an entry that was seen already. */
  #advanceCursor(cursor: string): boolean {
    const known = this.#cursor
    if (known !== undefined && epochOf(known) === epochOf(cursor) && seqOf(cursor) <= seqOf(known)) return false
    this.#cursor = cursor
    return true
  }

  #sendInterest(): void {
    this.#connectionInterest = this.#interest
    this.#unansweredInterests.push(this.#interest)
    this.#connection?.send(interestText(this.#interest))
  }

  #ended(reported: ConnectionEnd): void {
    const ending = { ...reported, ...this.#refusal }
    this.#connection = undefined
    this.#cancelTimer()
    const accepted = this.#acceptedInterest === this.#interest
    if (isFinal(ending, accepted)) {
      this.#stop(ending)
      return
    }
    this.#probing = !accepted && this.#probedInterest !== this.#interest && this.#isUnexplained(ending)
    if (this.#probing) {
      this.#probedInterest = this.#interest
      this.#countSocketFailure()
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
    if (lastedMs >= stableConnectionMs) this.#attempt = 0
    this.#countSocketFailure()
    const ms = waitMs(ending, this.#attempt, this.#goodbyeMs, this.#world)
    this.#attempt += 1
    this.#cancelTimer = this.#world.later(ms, () => this.#connect())
    this.#setState('waiting', { ms, ...ending })
  }

  /**
   * A socket that never opened does not say why: WebSockets hide the HTTP answer. Before the first message, the event
   * stream is tried at once, so that the first refusal already names the mistake.
   */
  #isUnexplained({ code, error }: ConnectionEnd): boolean {
    const failed = error === undefined && (code === undefined || code === 1006)
    return this.#transport === 'socket' && this.#openedAt === undefined && failed
  }

  #countSocketFailure(): void {
    const opened = this.#openedAt !== undefined
    if (this.#transport === 'socket') this.#socketFailures = opened ? 0 : this.#socketFailures + 1
    // The event stream failed too, or sockets did get through once: the next attempt is a socket again.
    else if (!opened || this.#socketWorked) this.#socketFailures = socketFailuresMax - 1
  }

  /** Checks for silence by one timer. Messages only store the time, so that a replay sets no timers. */
  #watchSilence(ms: number): void {
    this.#cancelTimer = this.#world.later(ms, () => {
      const silent = this.#world.now() - this.#receivedAt
      // After a clock was set back, the silence is not known: connect again.
      if (silent >= 0 && silent < this.#silentMs) {
        this.#watchSilence(this.#silentMs - silent)
        return
      }
      this.#connection?.drop()
      this.#ended({ reason: `nothing was received for ${Math.round(this.#silentMs / 1_000)} s` })
    })
  }

  #stop(detail: ConnectionEnd | undefined): void {
    if (this.#state === 'stopped') return
    this.#cancelTimer()
    this.#removeWakeListener()
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#connection?.drop()
    this.#connection = undefined
    this.#setState('stopped', detail)
  }

  #setState(state: State, detail?: unknown): void {
    if (this.#state === state || this.#state === 'stopped') return
    this.#state = state
    this.#call(this.#options.onState, state, detail)
  }

  /** An error of a callback is raised as an uncaught one, where its author sees it; it does not end the connection. */
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
