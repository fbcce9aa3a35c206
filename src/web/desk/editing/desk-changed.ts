import type { AlertChanged } from '../../../desk/difference.ts'
import type { ProblemBody } from '../../../domain/problem.ts'

const codes: readonly string[] = ['alert-changed', 'alert-retracted']

/** The alert as it is now, from a 409 `alert-changed` or `alert-retracted`; null for any other refusal. */
export function changedOf(problem: ProblemBody): AlertChanged | null {
  if (!codes.includes(problem.code) || typeof problem.version !== 'number' || !problem.alert) return null
  // The service's own answer, whose shape /openapi.json describes.
  const { version, alert, changes = [], earlierChanges = 0, differences = [] } = problem as unknown as AlertChanged
  return { version, alert, changes, earlierChanges, differences }
}
