import type { Item, ItemState } from './item.ts'

/** The states in which an item waits: for its time, or for an editor. */
export const waitingStates: readonly ItemState[] = ['awaiting-approval', 'held', 'scheduled', 'missed', 'refused']

/** Whether an item can never be sent, because its alert was retracted while it waited. */
export function isEndedByRetraction({ state, refusal }: Pick<Item, 'state' | 'refusal'>): boolean {
  return state === 'refused' && refusal?.code === 'alert-retracted'
}
