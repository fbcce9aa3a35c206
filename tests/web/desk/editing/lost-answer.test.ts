import { expect, test } from 'vitest'
import { type DeskDraft, newDraft } from '../../../../src/web/desk/editing/desk-draft.ts'
import { type DeskItem, writingIn } from '../../../../src/web/desk/editing/item-draft.ts'
import { fateOf, notSent } from '../../../../src/web/desk/editing/lost-answer.ts'
import { withNewerItem } from '../../../../src/web/desk/state/desk-state.ts'
import { firstState } from '../../../../src/web/desk/state/first-state.ts'

const anna = { id: 'anna', name: 'Anna', role: 'editor' }
const blank = newDraft('en')
const written = {
  ...blank,
  level: 'urgent',
  audience: 'test',
  texts: { en: { headline: 'Fire', summary: '', url: '' } },
}
const draft = {
  ...written,
  item: { id: 'one', version: 3, base: writingIn(written as DeskDraft) },
  state: 'sending',
} as DeskDraft

function item(state: DeskItem['state'], version: number, submittedBy: string | null, id = 'one'): DeskItem {
  const by = submittedBy === null ? null : { id: submittedBy, name: submittedBy }
  return {
    ...{ id, version, state, kind: 'alert', alertId: 'a', submittedBy: by },
    ...{ level: 'urgent', audience: 'test', topics: [], texts: { en: { headline: 'Fire' } } },
  } as unknown as DeskItem
}

test.each([
  ['held', 4, 'anna', 'received'],
  ['scheduled', 4, 'anna', 'received'],
  ['awaiting-approval', 4, 'anna', 'received'],
  ['published', 5, 'anna', 'received'],
  ['missed', 5, 'anna', 'received'],
  // It was undone since, or written on, or another editor sent it.
  ['cancelled', 5, 'anna', 'back'],
  ['draft', 4, null, 'back'],
  ['held', 4, 'boris', 'back'],
  // The attempt did not arrive: it may be repeated.
  ['draft', 3, null, null],
] as const)('an item that is %s at version %i, by %s: what was sent is %s', (state, version, by, fate) => {
  expect(fateOf(draft, item(state, version, by), anna)).toBe(fate)
})

test('what was not sent, or is another item, has no fate', () => {
  expect(fateOf({ ...draft, state: 'writing' }, item('held', 4, 'anna'), anna)).toBeNull()
  expect(fateOf(draft, item('held', 4, 'anna', 'two'), anna)).toBeNull()
  expect(fateOf({ ...draft, item: null }, item('held', 4, 'anna'), anna)).toBeNull()
})

test('what was cancelled is gone on with at its new version, and is not told as another’s change', () => {
  const state = { ...firstState(notSent(draft), 'off'), me: anna }
  const next = withNewerItem(state, item('cancelled', 5, 'anna'), null)
  expect([next.draft.state, next.draft.item?.version, next.overtaken]).toEqual(['writing', 5, null])
})
