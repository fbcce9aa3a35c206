import type { Alert } from '../../../domain/alert-types.ts'
import type { DeskDraft } from '../editing/desk-draft.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import type { DeskState } from './desk-state.ts'

type Known = DeskState['retracted']

/** Whether an item was refused because its alert was retracted while it waited. */
export function isEnded({ state, refusal }: Pick<DeskItem, 'state' | 'refusal'>): boolean {
  return state === 'refused' && refusal?.code === 'alert-retracted'
}

/** The alerts that are known to be retracted, with those that these items and alerts tell of. The same array where none is new. */
export function withRetracted(
  known: Known,
  items: readonly Pick<DeskItem, 'state' | 'refusal' | 'alertId'>[],
  alerts: readonly Pick<Alert, 'id' | 'status'>[] = [],
): Known {
  const told = [
    ...items.filter(isEnded).map(({ alertId }) => alertId),
    ...alerts.filter(({ status }) => status === 'retracted').map(({ id }) => id),
  ]
  const fresh = [...new Set(told)].filter((id) => !known.includes(id))
  return fresh.length === 0 ? known : [...known, ...fresh]
}

/** Whether an item is a change of a retracted alert: it can never be sent. */
export function isItemOfRetracted({ retracted }: Pick<DeskState, 'retracted'>, item: DeskItem): boolean {
  return isEnded(item) || (item.kind !== 'alert' && retracted.includes(item.alertId))
}

/** The same of a draft: as its alert was read, as is known by now, or as a refusal has told. */
export function isDraftOfRetracted(
  { retracted, changed }: Pick<DeskState, 'retracted' | 'changed'>,
  { alert }: Pick<DeskDraft, 'alert'>,
): boolean {
  if (alert === null) return false
  return alert.status === 'retracted' || retracted.includes(alert.id) || changed?.alert.status === 'retracted'
}
