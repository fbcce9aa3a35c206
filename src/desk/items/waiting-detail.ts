import { type Editor, isActiveAt } from '../../auth/editor.ts'
import { levels } from '../../domain/alert-types.ts'
import type { Item } from './item.ts'

/**
 * What an item waits for and what can be done, in sentences for whoever sent it; null: it does not wait. `editors`: everyone
 * with a key; `at`: now (RFC 3339). Where nobody could approve it, it says so: in a newsroom of one person it would wait for ever.
 */
export function waitingDetail(item: Item, editors: readonly Editor[], at: string): string | null {
  const { id, state, releaseAt, alertId, approvalsWanted, approvals } = item
  if (state === 'held' || state === 'scheduled') {
    const what = state === 'held' ? 'held' : 'scheduled'
    return `It is ${what} and goes out at ${releaseAt} as alert ${alertId}. Until then POST /v1/desk/items/${id}/cancel stops it.`
  }
  if (state !== 'awaiting-approval') return null
  const missing = approvalsWanted - approvals.length
  const others = editors.filter((editor) => isActiveAt(editor, at) && mayApprove(item, editor)).length
  const wanted = `It is not out: it waits for the approval of ${missing === 1 ? 'another editor' : `${missing} other editors`}`
  const override = `an admin publishes it alone with an overrideReason (POST /v1/desk/items/${id}/publish), which is kept in the audit log`
  if (others >= missing) return `${wanted}; ${others} may give it. In an emergency ${override}.`
  const has = others === 0 ? 'nobody else has' : `only ${others} ${others === 1 ? 'other person has' : 'others have'}`
  return `${wanted}, but ${has} a key that may give it. An admin makes one for a colleague (POST /v1/desk/editors), or ${override}.`
}

/** Whether an editor may approve an item now: none of its writers, nor who has approved it already. */
export function mayApprove(
  { kind, authors, submittedBy, approvals, content }: Item,
  editor: Pick<Editor, 'id' | 'role' | 'levels'>,
): boolean {
  const acted = [...authors, ...(submittedBy === null ? [] : [submittedBy]), ...approvals.map(({ by }) => by)]
  const { levels: allowed = levels, role } = editor
  const isLevelAllowed = kind === 'retraction' || content.level === undefined || allowed.includes(content.level)
  return role !== 'writer' && isLevelAllowed && !acted.some(({ id }) => id === editor.id)
}
