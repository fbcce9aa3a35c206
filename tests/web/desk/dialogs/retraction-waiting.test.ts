import { expect, test } from 'vitest'
import { notOutYet } from '../../../../src/web/desk/dialogs/retraction.ts'
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
