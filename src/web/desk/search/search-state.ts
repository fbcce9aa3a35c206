import type { DeskItem } from '../editing/item-draft.ts'

/** What is looked for among the items. `found`: null: nothing was answered yet. `error`: why not; `lost`: there was no answer. */
export type Search = {
  readonly text: string
  readonly state: 'none' | 'asking' | 'done'
  readonly found: readonly DeskItem[] | null
  readonly hasMore: boolean
  readonly error: string
}

export const noSearch: Search = { text: '', state: 'none', found: null, hasMore: false, error: '' }
