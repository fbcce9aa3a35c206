import type { Editor } from '../../auth/editor.ts'
import { Problem } from '../../domain/problem.ts'
import { type Actor, answerOf, type Item, type ItemState } from './item.ts'
import { mayApprove } from './waiting-detail.ts'

/** What somebody has done, as it is told to whoever came after them. */
const deeds: Readonly<Record<string, string>> = {
  create: 'wrote it',
  save: 'changed it',
  submit: 'submitted it',
  publish: 'published it',
  override: 'published it without the approvals that it needs',
  approve: 'approved it',
  cancel: 'cancelled it',
}
/** What the service itself has done. */
const events: Readonly<Record<string, string>> = {
  missed: 'its time passed before it could go out',
  paused: 'publishing was paused at its time',
  'key-ended': 'at its time the key of somebody who published or approved it had ended or could do so no more',
  refused: 'it could not be published any more',
  release: 'at its time it lacked an approval',
}

/** Who did what last, in a sentence's part; what was stored before the last act was kept has only who last changed it. */
function lastDeed({ lastAct, changedBy, refusal }: Item): string {
  if (lastAct === undefined) return `last changed by ${changedBy.name}`
  const { act, by } = lastAct
  if (by !== null) return `${by.name} ${deeds[act] ?? `did this last: ${act}`}`
  return `${events[act] ?? act}${refusal === null ? '' : ` (${refusal.code})`}`
}

/** Throws a Problem (409 `item-published`, `item-state`) that says who did what last, unless the item is in one of the states. */
export function refuseUnless(item: Item, states: readonly ItemState[]): void {
  if (states.includes(item.state)) return
  if (item.state === 'published') {
    const by = item.lastAct?.by ? `; ${lastDeed(item)}` : ''
    throw new Problem(
      409,
      'item-published',
      `It is too late: it was published at ${item.published?.at}${by}. Correct or retract the alert ${item.alertId}.`,
      { extensions: { item: answerOf(item) } },
    )
  }
  throw inState(item, `This can be done while it is ${states.join(', ')}.`)
}

/**
 * The Problem (409 `item-state`) for who submits or publishes what awaits an approval already: taken as their own, it could
 * not be approved by them any more.
 */
export function awaitsAlready(item: Item, editor: Editor): Problem {
  const hasApproved = item.approvals.some(({ by }) => by.id === editor.id)
  return inState(
    item,
    hasApproved
      ? 'You have approved it already, and it waits for another editor. Nothing was changed.'
      : !mayApprove(item, editor)
        ? 'It waits for the approval of another editor already. Nothing was changed.'
        : `It waits for an approval, which you may give: read it, and approve it (POST /v1/desk/items/${item.id}/approve). Nothing was changed.`,
  )
}

function inState(item: Item, way: string): Problem {
  const detail = `The item is ${item.state} since ${item.changedAt}: ${lastDeed(item)}. ${way}`
  return new Problem(409, 'item-state', detail, { extensions: { item: answerOf(item) } })
}

/** Throws a Problem (409 `item-changed`) when the item has another version than the editor saw. */
export function refuseOtherVersion(item: Item, version: number | undefined): void {
  if (version === undefined || version === item.version) return
  throw itemChanged(
    item,
    `This was made on version ${version}, and the newest is ${item.version}. Nothing was stored. Read what changed, and do it again on version ${item.version}.`,
  )
}

/**
 * Throws a Problem (409 `item-changed`) when the item is not as the editor saw it: it has another version, or they did not say
 * which one they saw, and what was done last was by somebody else. What the service did by itself since changed no text.
 */
export function refuseUnread(item: Item, version: number | undefined, { id }: Pick<Editor, 'id'>): void {
  refuseOtherVersion(item, version)
  const last = item.lastAct?.by ?? (item.lastAct === undefined ? null : item.submittedBy) ?? item.changedBy
  if (version !== undefined || last.id === id) return
  throw itemChanged(
    item,
    `You did not say which version you read. Nothing was published or submitted. Read it (GET /v1/desk/items/${item.id}), and do it again with its version, now ${item.version}.`,
  )
}

/** The Problem for an act on what has changed since. */
export function itemChanged(item: Item, way: string): Problem {
  const detail = `The item has changed: ${lastDeed(item)} (${item.changedAt}). ${way}`
  return new Problem(409, 'item-changed', detail, { extensions: { item: answerOf(item) } })
}

/** Names of people, in a sentence. */
export function namesOf(people: readonly Actor[]): string {
  return people.map(({ name }) => name).join(', ')
}
