import type { Kind } from '../../domain/alert-types.ts'
import { refuseExpiry } from '../../domain/change.ts'
import { parseInstant } from '../../domain/parsing/instant.ts'
import { invalid } from '../../domain/problem.ts'
import type { Timing } from './item-content.ts'

/** When something goes out at the earliest (RFC 3339), and what sets the time. `now`: nothing does. */
export type PlannedTime = {
  readonly at: string
  readonly by: 'now' | 'the end of its hold' | 'publishAt' | 'embargoUntil'
}

/** `holdSeconds`: of the rule, where the editor says nothing. */
export function plannedTime(timing: Timing, now: string, holdSeconds = 0): PlannedTime {
  const held = new Date(Date.parse(now) + (timing.holdSeconds ?? holdSeconds) * 1_000).toISOString()
  const times: readonly PlannedTime[] = [
    { at: now, by: 'now' },
    ...(held > now ? [{ at: held, by: 'the end of its hold' as const }] : []),
    ...(timing.publishAt === undefined ? [] : [{ at: timing.publishAt, by: 'publishAt' as const }]),
    ...(timing.embargoUntil === undefined ? [] : [{ at: timing.embargoUntil, by: 'embargoUntil' as const }]),
  ]
  return times.reduce((latest, it) => (it.at > latest.at ? it : latest))
}

/** What can be read of the times of a request that is refused anyway. */
export function plannedOf(publishing: Readonly<Record<string, unknown>>, now: string): PlannedTime {
  const instantOf = (value: unknown) => {
    const ms = typeof value === 'string' ? parseInstant(value) : null
    return ms === null ? undefined : new Date(ms).toISOString()
  }
  const { publishAt, embargoUntil } = publishing
  return plannedTime({ publishAt: instantOf(publishAt), embargoUntil: instantOf(embargoUntil) }, now)
}

/**
 * Throws a Problem (400) for an expiry that something cannot have which goes out at a planned time: one before it, or later
 * than the maximum from then on.
 */
export function refusePlannedExpiry(
  kind: Kind,
  expiresAt: string | undefined,
  planned: PlannedTime,
  now: string,
): void {
  if (expiresAt !== undefined && expiresAt > now && expiresAt <= planned.at) {
    const isField = planned.by === 'publishAt' || planned.by === 'embargoUntil'
    const goes = isField ? `${planned.by} is ${planned.at}` : `${planned.by} is at ${planned.at}`
    const field = isField ? planned.by : 'holdSeconds'
    const detail = `expiresAt is ${expiresAt}, and ${goes}: it would have expired before it goes out. Give a later expiresAt, or none, or change ${field}.`
    throw invalid(kind, [
      { pointer: '/expiresAt', code: 'expires-before-release', detail },
      { pointer: `/${field}`, code: 'expires-before-release', detail: `It is not before expiresAt (${expiresAt}).` },
    ])
  }
  refuseExpiry(expiresAt, planned.at, now)
}
