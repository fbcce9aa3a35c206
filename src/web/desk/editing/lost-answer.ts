import type { DeskEditor } from '../state/desk-state.ts'
import type { DeskDraft } from './desk-draft.ts'
import type { DeskItem } from './item-draft.ts'

/**
 * What became of a draft that was sent and had no answer, by how its item stands. `received`: as if the answer had come;
 * `back`: another intention is a new one, such as after it was cancelled; null: nobody did anything since, so that the same
 * attempt may be repeated under its key.
 */
export function fateOf(draft: DeskDraft, item: DeskItem, me: DeskEditor | null): 'received' | 'back' | null {
  if (draft.state !== 'sending' || item.id !== draft.item?.id || item.version <= draft.item.version) return null
  const isDraft = item.state === 'draft' || item.state === 'cancelled'
  return !isDraft && item.submittedBy !== null && item.submittedBy.id === me?.id ? 'received' : 'back'
}

/** The draft as what is written on from now: the next confirmation is of the item as it is now. */
export function notSent(draft: DeskDraft): DeskDraft {
  const { item } = draft
  // All of it had been stored: what comes back as it was is not told as another's change.
  return { ...draft, state: 'writing', item: item === null ? null : { ...item, sent: item.base } }
}
