import type { DeskItem } from '../editing/item-draft.ts'

/** What is said of an item to everyone who saw how it stood before. `by`: who did it, where a person did. */
export type ItemTold = {
  readonly item: DeskItem
  readonly what: 'cancelled' | 'approved' | 'held' | 'scheduled' | 'submitted' | 'missed' | 'refused' | 'published'
  readonly by: DeskItem['submittedBy']
}

/** The status line: what it is about, and what it follows. `isNews`: it was not an act of this page. */
export type StatusAbout = { readonly item: DeskItem; readonly isNews?: true } | 'connection' | null

/** Puts words into the status line, until what they are `about` has changed. */
export type Say = (words: string, about?: StatusAbout) => void

/**
 * What became of items between two looks at the desk. `before`: those whose state the page was showing; `after`: the same
 * as they stand. An act of this page is not news: the page had its answer.
 */
export function newsOf(before: readonly DeskItem[], after: readonly DeskItem[]): readonly ItemTold[] {
  return before.flatMap((was) => {
    const item = after.find(({ id }) => id === was.id)
    return item === undefined || item.version <= was.version ? [] : (toldOf(was, item) ?? [])
  })
}

function toldOf(was: DeskItem, item: DeskItem): ItemTold | null {
  const isSame = was.state === item.state
  const approver =
    item.approvals.length > was.approvals.length ? item.approvals[item.approvals.length - 1]?.by : undefined
  switch (item.state) {
    case 'draft':
      return null
    case 'cancelled':
      return isSame ? null : { item, what: 'cancelled', by: item.changedBy }
    case 'awaiting-approval':
      if (approver !== undefined && isSame) return { item, what: 'approved', by: approver }
      return isSame ? null : { item, what: 'submitted', by: item.submittedBy }
    case 'held':
    case 'scheduled': {
      if (isSame) return null
      const isApproved = was.state === 'awaiting-approval' && approver !== undefined
      return { item, what: item.state, by: isApproved ? approver : item.submittedBy }
    }
    default:
      return isSame ? null : { item, what: item.state, by: null }
  }
}

/** Which items the page shows as waiting or speaks of: what became of them must be said. */
export function followed(waiting: readonly DeskItem[], about: StatusAbout): readonly DeskItem[] {
  const spoken = about === null || about === 'connection' ? [] : [about.item]
  return [...spoken.filter(({ id }) => !waiting.some((it) => it.id === id)), ...waiting]
}
