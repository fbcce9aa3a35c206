import type { Newsroom } from '../domain/newsroom.ts'
import type { AlertLog, Bounds, Entry } from '../log/log.ts'
import type { HubLimits } from './hub-limits.ts'

/** What a hub needs: the log, the clock, and the platform's event loop. */
export type HubDeps = {
  readonly bounds: Bounds
  readonly log: Pick<AlertLog, 'after'>
  /** The newest entries up to the head, without a gap: the cache begins with them. */
  readonly recent?: readonly Entry[]
  readonly newsroom: Pick<Newsroom, 'languages'>
  /** Unix milliseconds. */
  readonly now: () => number
  /** Runs a function after pending I/O events (`setImmediate`). */
  readonly soon: (act: () => void) => void
  /** Runs a step that writes to many connections. The platform may submit the writes together when the step ends. */
  readonly writeBatch?: (step: () => void) => void
  readonly report: (error: unknown, doing: string) => void
  /** Called when every live subscriber has been sent the newest entry. */
  readonly swept?: () => void
  readonly limits?: Partial<HubLimits>
}
