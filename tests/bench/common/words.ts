/** What the bench asks of a server process, over IPC. */
export type ServerOrder =
  | { readonly do: 'usage' }
  /** Collects garbage first, so that what is measured is what is held. */
  | { readonly do: 'settled-usage' }
  | { readonly do: 'broadcast'; readonly seq: number }

export type ServerReport =
  | { readonly ready: number }
  | { readonly cpuMicroseconds: number; readonly rssBytes: number }
  /** When the broadcast began, on the clock that all processes of a machine share. */
  | { readonly beganAt: number }
  | { readonly lost: string }

/** What the bench asks of a load client, over IPC. */
export type ClientOrder =
  | { readonly do: 'connect'; readonly port: number; readonly count: number; readonly dialect: Dialect }
  | { readonly do: 'expect' }

export type ClientReport =
  | { readonly connected: number }
  | { readonly expecting: true }
  | { readonly halfAt: number; readonly lastAt: number }
  | { readonly lost: string }

/** What the bench asks of those who read, over IPC. */
export type ReadOrder =
  | {
      readonly do: 'read'
      readonly port: number
      readonly clients: number
      /** What there is to be asked for. */
      readonly entries: number
      readonly epoch: string
    }
  | { readonly do: 'rest' }

/** How many were answered, and how many refused or broken off, since the last report. */
export type ReadReport = { readonly answered: number; readonly refused: number }

/** How one speaks to a contender. */
export type Dialect = {
  /** Paths to connect to, in turn: Tocsin's readers have different interests that all match. */
  readonly paths: readonly string[]
  /** How many messages the server says before a reader is in. */
  readonly greetings: number
  /** What a reader answers to the first of them. */
  readonly hello?: string
  /** The program that serves it; absent: that of its own name. */
  readonly server?: string
  /** Absent: by WebSocket. */
  readonly transport?: 'events'
}

/** Microseconds on a clock that all processes of a machine share, whatever program runs them. */
export function clockMicroseconds(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000)
}
