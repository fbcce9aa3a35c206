import type { Kind, Level, Rendered } from '../domain/alert-types.ts'
import type { World } from './platform.ts'

/** What a listener receives: languages in order of preference (`*` or none: all), topics (none: all), the lowest level. */
export type Interest = {
  readonly languages?: readonly string[] | '*' | undefined
  readonly topics?: readonly string[] | undefined
  readonly level?: Level | undefined
}

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
}

/** `replaying`: receiving what was missed; `waiting`: between two attempts; `stopped`: for good. */
export type State = 'connecting' | 'replaying' | 'live' | 'waiting' | 'stopped'

/** The server cannot go on from the cursor: `snapshot` is the absolute address of the alerts as they stand at `head`. */
export type Reset = { readonly reason: string; readonly head: string; readonly snapshot: string }

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
   * `detail` with `waiting`: `{ ms, …why }`; with `stopped`: why the server refused, or undefined after `close`; with
   * the state unchanged: an `error` message of the server.
   */
  readonly onState?: ((state: State, detail?: unknown) => void) | undefined
  /** A changed interest holds from here on: alerts that are read from now on leave no gap before those that come. */
  readonly onInterest?: (() => void) | undefined
  readonly onReset?: ((reset: Reset) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** `auto`: a WebSocket, or the event stream where WebSockets do not get through. */
  readonly transport?: 'auto' | 'socket' | 'events' | undefined
  /** For tests: another clock, random source or network. */
  readonly world?: Partial<World> | undefined
}

export type Listening = {
  /** The last entry or position seen: keep it, and give it back as `after`. */
  readonly cursor: string | undefined
  /** Changes the interest from now on; nothing is replayed for it. */
  change(interest: Interest): void
  /** Ends all: `onState` is called with `stopped`, and after that no callback is called. Callbacks may call it too. */
  close(): void
}
