import type { Level } from '../../../src/domain/alert-types.ts'

/** What the bench asks of the process that plays new subscribers, over IPC. */
export type SurgeOrder = {
  readonly do: 'surge'
  readonly url: string
  /** So many a second; 0: as fast as they are answered. */
  readonly perSecond: number
  readonly seconds: number
  /** The lowest level that the new subscribers want. */
  readonly level: Level
}

/** How a surge went: what was answered 201, in how long, and how long one waited for its answer. */
export type SurgeReport = {
  readonly made: number
  readonly seconds: number
  readonly medianMs: number
  readonly p99Ms: number
}

/** What the burner is told: the CPU time that a request costs the service, in its main thread and in the others. */
export type BurnOrder = { readonly mainMicros: number; readonly otherMicros: number }
