import type { AlertChanged } from '../../../desk/difference.ts'
import type { ProblemBody } from '../../../domain/problem.ts'

/** The alert as it is now, from a 409 `alert-changed`; null for any other refusal. */
export function changedOf(problem: ProblemBody): AlertChanged | null {
  if (problem.code !== 'alert-changed' || typeof problem.version !== 'number' || !problem.alert) return null
  // The service's own answer, whose shape /openapi.json describes.
  const { version, alert, changes = [], earlierChanges = 0, differences = [] } = problem as unknown as AlertChanged
  return { version, alert, changes, earlierChanges, differences }
}
