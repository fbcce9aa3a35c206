import type { Editor } from '../../auth/editor.ts'
import type { Item } from '../../desk/items/item.ts'
import { mayApprove } from '../../desk/items/waiting-detail.ts'
import type { Level } from '../../domain/alert-types.ts'

/** `approval`: an item awaits an approval; `missed`: it did not go out at its time; `alarm`: the service raised an alarm. */
export type NoticeKind = 'approval' | 'missed' | 'alarm'

/** What editors are told of by a push to their own browsers: that something waits for them, and nothing of what it says. */
export type Notice = {
  readonly kind: NoticeKind
  /** Null: it is about no item. */
  readonly itemId: string | null
  readonly at: string
  readonly isFor: (editor: Pick<Editor, 'id' | 'role' | 'levels'>) => boolean
}

/**
 * What is told after an act on an item; null: nothing. It is told once, as often as an item begins to wait for somebody, to
 * those who may do what it waits for, and never to whoever has written or submitted it. `latest`: the alert that a revision is of.
 */
export function noticeOf(
  before: Item | null,
  after: Item | null,
  latest: { readonly level: Level } | null,
  at: string,
): Notice | null {
  if (after === null) return null
  const kind = kindOf(after)
  if (kind === null || (before?.state === after.state && before.submittedAt === after.submittedAt)) return null
  const level = after.content.level ?? latest?.level
  const content = level === undefined ? after.content : { ...after.content, level }
  // Of what is asked again, those who approved it may decide as well.
  const item = { ...after, content, approvals: kind === 'missed' ? [] : after.approvals }
  return { kind, itemId: after.id, at, isFor: (editor) => mayApprove(item, editor) }
}

function kindOf({ state }: Item): NoticeKind | null {
  if (state === 'awaiting-approval') return 'approval'
  return state === 'missed' || state === 'refused' ? 'missed' : null
}

/** Alarms are for administrators. */
export function alarmNotice(at: string): Notice {
  return { kind: 'alarm', itemId: null, at, isFor: ({ role }) => role === 'admin' }
}

/** Whether an item still waits for what was told. */
export function isStillSo(kind: NoticeKind, item: Item | null): boolean {
  return kind === 'alarm' || (item !== null && kindOf(item) === kind)
}
