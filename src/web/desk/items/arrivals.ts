import type { DeskItem } from '../editing/item-draft.ts'
import type { Arrivals, DeskState } from '../state/desk-state.ts'

export const noArrivals: Arrivals = { known: null, told: [] }

/** What waits for an approval and was submitted by somebody else. */
export function othersAwaiting({ waiting, me }: Pick<DeskState, 'waiting' | 'me'>): readonly DeskItem[] {
  return waiting.filter(({ state, submittedBy }) => state === 'awaiting-approval' && submittedBy?.id !== me?.id)
}

/** After another look at what waits. What was there when the page was opened is not told. */
export function withArrivals(
  { arrivals, me }: Pick<DeskState, 'arrivals' | 'me'>,
  waiting: DeskState['waiting'],
): Arrivals {
  const names = othersAwaiting({ waiting, me }).map(nameOfWaiting)
  const { known, told } = arrivals
  return { known: names, told: names.filter((name) => told.includes(name) || known?.includes(name) === false) }
}

/** The items of which the editor is told. */
export function arrivedItems(state: Pick<DeskState, 'arrivals' | 'waiting' | 'me'>): readonly DeskItem[] {
  return othersAwaiting(state).filter((item) => state.arrivals.told.includes(nameOfWaiting(item)))
}

function nameOfWaiting({ id, submittedAt }: DeskItem): string {
  return `${id} ${submittedAt}`
}
