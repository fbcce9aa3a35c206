import type { Newsroom } from '../domain/newsroom.ts'
import type { AlertLog, Bounds, Entry } from '../log/log.ts'
import type { HubLimits } from './hub-limits.ts'

/** What a hub stands on: the log behind it, the clock, and the platform's turns. */
export type HubDeps = {
  readonly bounds: Bounds
  readonly log: Pick<AlertLog, 'after'>
  /** The newest entries up to the head, to begin with in memory. */
  readonly recent?: readonly Entry[]
  readonly newsroom: Pick<Newsroom, 'languages'>
  readonly now: () => number
  /** Runs a function a little later, after the network had its turn (`setImmediate`). */
  readonly soon: (act: () => void) => void
  /** Runs a step in which many readers are written to: what they are written may go out together, at its end. */
  readonly writeBatch?: (step: () => void) => void
  readonly report: (error: unknown, doing: string) => void
  /** Every live reader has been met since the last entry came. */
  readonly swept?: () => void
  readonly limits?: Partial<HubLimits>
}
