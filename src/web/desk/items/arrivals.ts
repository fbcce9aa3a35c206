import type { DeskItem } from '../editing/item-draft.ts'

/** What began to wait for an approval while the page was open. Each name is of one waiting: what is submitted again is new. */
export type Arrivals = {
  /** What the page knew as waiting; null: it has not looked yet. */
  readonly known: readonly string[] | null
  /** Those of it that the editor was told of and has not gone to. */
  readonly told: readonly string[]
}

/** What of the page's state it is about. `me`: null: nobody is signed in. */
type Looked = {
  readonly waiting: readonly DeskItem[]
  readonly me: { readonly id: string } | null
  readonly arrivals: Arrivals
}

export const noArrivals: Arrivals = { known: null, told: [] }

/** What waits for an approval and was submitted by somebody else. */
export function othersAwaiting({ waiting, me }: Omit<Looked, 'arrivals'>): readonly DeskItem[] {
  return waiting.filter(({ state, submittedBy }) => state === 'awaiting-approval' && submittedBy?.id !== me?.id)
}

/** After another look at what waits. What was there when the page was opened is not told. */
export function withArrivals({ arrivals, me }: Omit<Looked, 'waiting'>, waiting: Looked['waiting']): Arrivals {
  const names = othersAwaiting({ waiting, me }).map(nameOfWaiting)
  const { known, told } = arrivals
  return { known: names, told: names.filter((name) => told.includes(name) || known?.includes(name) === false) }
}

/** The items of which the editor is told. */
export function arrivedItems(state: Looked): readonly DeskItem[] {
  return othersAwaiting(state).filter((item) => state.arrivals.told.includes(nameOfWaiting(item)))
}

function nameOfWaiting({ id, submittedAt }: DeskItem): string {
  return `${id} ${submittedAt}`
}
