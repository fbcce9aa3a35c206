import { expect, test } from 'vitest'
import { notOutYet, waitNoMore } from '../../../../src/web/desk/dialogs/retraction.ts'
import type { DeskItem } from '../../../../src/web/desk/editing/item-draft.ts'

test.each([
  ['held', 'correction', 'a', true],
  ['scheduled', 'update', 'a', true],
  ['awaiting-approval', 'correction', 'a', true],
  ['held', 'retraction', 'a', false],
  ['held', 'correction', 'b', false],
  ['refused', 'correction', 'a', false],
  ['missed', 'correction', 'a', false],
] as const)('what is %s, a %s of %s, is told of while “a” is taken back: %s', (state, kind, alertId, isTold) => {
  const item = { id: 'i', state, kind, alertId } as unknown as DeskItem
  expect(notOutYet({ id: 'a' }, [item])).toEqual(isTold ? [item] : [])
})

test('of what waited with a change of the alert, what does not any more is told, and what came is not', () => {
  const item = (id: string, state: string, alertId = 'a') =>
    ({ id, state, kind: 'correction', alertId }) as unknown as DeskItem
  const before = [item('one', 'held'), item('two', 'scheduled'), item('three', 'held', 'b'), item('four', 'held')]
  const after = [item('two', 'scheduled'), item('four', 'refused'), item('five', 'held')]
  expect(waitNoMore({ id: 'a' }, before, after).map(({ id }) => id)).toEqual(['one', 'four'])
})
