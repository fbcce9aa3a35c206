import type { AlertLog, Entry } from '../../../log/log.ts'
import { versionsListed } from './list-budget.ts'

/** The version before which an alert's history is wanted; null: the newest are, as where `before` is no such version. */
export function versionBefore(before: string | null): number | null {
  const version = Number(/^[1-9]\d{0,8}$/.exec(before ?? '')?.[0] ?? 0)
  return version > 1 ? version : null
}

/** The newest entries of an alert before a version, oldest first; `newest` where it has none before it. */
export async function entriesBefore(
  log: Pick<AlertLog, 'history'>,
  id: string,
  before: number | null,
  newest: readonly Entry[],
): Promise<readonly Entry[]> {
  if (before === null) return newest
  const last = before - 1
  const skip = Math.max(0, last - versionsListed.max)
  const found = await log.history(id, { after: 0, skip, limit: Math.min(last, versionsListed.max) })
  return found.length === 0 ? newest : found
}
