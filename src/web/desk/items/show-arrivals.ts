import { focusItem } from '../editing/form-focus.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import type { DeskStore } from '../state/desk-store.ts'

/** Goes to what has begun to wait for an approval: to the item, or to the list of several. Nothing more is told of them. */
export function showArrivals(store: DeskStore, [first, ...others]: readonly DeskItem[]): void {
  store.set(({ arrivals }) => ({ arrivals: { ...arrivals, told: [] } }))
  focusItem(first !== undefined && others.length === 0 ? first.id : '')
}
