import type { Kind, Level, Rendered } from '../domain/alert-types.ts'
import type { World } from './platform.ts'

/** What a listener receives: languages in order of preference (`*` or none: all), topics (none: all), the lowest level. */
export type Interest = {
  readonly languages?: readonly string[] | '*' | undefined
  readonly topics?: readonly string[] | undefined
  readonly level?: Level | undefined
}

/** Where an entry came from that the service itself did not send: the host of a mirror, and the time (RFC 3339) as of which it tells. */
export type Via = { readonly mirror: string; readonly at: string }

/**
 * One change to an alert as it came. `replayed`: it happened before the listener was connected. With the language
 * `*` the alert has all its `texts` in the place of one: `listen<Alert>(…)`.
 */
export type Entry<Seen = Rendered> = {
  readonly seq: number
  readonly cursor: string
  readonly kind: Kind
  readonly at: string
  readonly replayed: boolean
  readonly alert: Seen
  /** Absent where it came from the service itself. */
  readonly via?: Via
}

/** `replaying`: receiving what was missed; `waiting`: between two attempts; `stopped`: for good. */
export type State = 'connecting' | 'replaying' | 'live' | 'waiting' | 'stopped'

/** The server cannot go on from the cursor: `snapshot` is the absolute address of the alerts as they stand at `head`. */
export type Reset = { readonly reason: string; readonly head: string; readonly snapshot: string }

/** Where what was learnt of the network is kept: of `localStorage`, as much as is needed. */
export type FreezeStorage = {
  getItem(name: string): string | null
  setItem(name: string, value: string): void
}

export type ListenOptions<Seen = Rendered> = Interest & {
  /** The service's address, http or https. */
  readonly url: string | URL
  /** `all`: public and test alerts alike, for editors. */
  readonly audience?: 'public' | 'test' | 'all' | undefined
  /** An editor's key, for the test audience. Goes only in a header, so only with the event stream. */
  readonly key?: string | undefined
  /** The last cursor seen, from where to go on. */
  readonly after?: string | undefined
  readonly onEntry: (entry: Entry<Seen>) => void
  /**
   * `detail` with `waiting`: `{ ms, …why }`, where `why` has `silentMs` (so long nothing was received) for a connection that fell
   * silent; with `connecting`: that, where the next one follows at once and `heartbeatSeconds` is set, or undefined; with `stopped`: why the server refused, or undefined after `close`; with
   * the state unchanged: an `error` message of the server, or `{ via }` (a `Via`): a mirror was read.
   */
  readonly onState?: ((state: State, detail?: unknown) => void) | undefined
  /** A changed interest holds from here on: alerts that are read from now on leave no gap before those that come. */
  readonly onInterest?: (() => void) | undefined
  readonly onReset?: ((reset: Reset) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** `auto`: a WebSocket, or the event stream where WebSockets do not get through. */
  readonly transport?: 'auto' | 'socket' | 'events' | undefined
  /**
   * Bytes after which the service ends each connection in order and the next one goes on, for networks that freeze
   * connections after some kilobytes: 4,000 to 1,000,000. `auto` (the default) finds such networks by itself and asks for
   * 12,000 or less there; `false` never asks.
   */
  readonly budget?: number | 'auto' | false | undefined
  /**
   * Seconds between two heartbeats that the service is asked for, a whole number from 2 to 60, where it usually sends them less often
   * (every 25 s): a connection that falls silent is noticed after two of them, and `onState` hears of it at once.
   * For an app that has something better to do then, such as to ask mirrors, while somebody looks at it: each costs some 120 bytes.
   */
  readonly heartbeatSeconds?: number | undefined
  /** Where `auto` keeps what it has learnt, as `localStorage`; without it, it learns anew in each listener. */
  readonly storage?: FreezeStorage | undefined
  /** For tests: another clock, random source or network. */
  readonly world?: Partial<World> | undefined
}

export type Listening = {
  /** The last entry or position seen: keep it, and give it back as `after`. */
  readonly cursor: string | undefined
  /** Changes the interest from now on; nothing is replayed for it. */
  change(interest: Interest): void
  /**
   * Asks for another interval of heartbeats from now on, as `heartbeatSeconds` does; undefined: the usual one. Where that differs, another
   * connection takes the place of the one that is open, and goes on from its cursor. Throws a TypeError for what no service takes.
   */
  askHeartbeat(seconds: number | undefined): void
  /** Ends all: `onState` is called with `stopped`, and after that no callback is called. Callbacks may call it too. */
  close(): void
}
