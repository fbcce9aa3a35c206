import type { Kind, Level, Rendered } from './alert-types.ts'
import type { World } from './platform.ts'

/** What a listener wants: languages in order of preference (`*` or none: all), topics (none: all), the lowest level. */
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

/** `replaying`: hearing what was missed; `waiting`: between two attempts; `stopped`: for good. */
export type State = 'connecting' | 'replaying' | 'live' | 'waiting' | 'stopped'

/** The server cannot go on from the cursor: read `snapshot` (an absolute address) for how things stand at `head`. */
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
   * the state unchanged: an error that the server spoke of.
   */
  readonly onState?: ((state: State, detail?: unknown) => void) | undefined
  /** A changed interest holds on this connection: what is read from now on leaves no gap before what comes. */
  readonly onInterest?: (() => void) | undefined
  readonly onReset?: ((reset: Reset) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** `auto`: a WebSocket, or the event stream where WebSockets do not get through. */
  readonly transport?: 'auto' | 'socket' | 'events' | undefined
  /** For tests: another clock, chance or network. */
  readonly world?: Partial<World> | undefined
}

export type Listening = {
  /** The last entry or position seen: keep it, and give it back as `after`. */
  readonly cursor: string | undefined
  /** Wants something else from now on; nothing is replayed for it. */
  change(interest: Interest): void
  close(): void
}
