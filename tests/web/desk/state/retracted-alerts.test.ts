import { expect, test } from 'vitest'
import type { DeskItem } from '../../../../src/web/desk/editing/item-draft.ts'
import type { DeskState } from '../../../../src/web/desk/state/desk-state.ts'
import {
  isDraftOfRetracted,
  isItemOfRetracted,
  withRetracted,
} from '../../../../src/web/desk/state/retracted-alerts.ts'

const item = (state: string, code: string | null, kind = 'correction') =>
  ({ state, kind, alertId: 'a', refusal: code === null ? null : { code } }) as unknown as DeskItem

test.each([
  ['refused', 'alert-retracted', [], true],
  ['refused', 'alert-changed', [], false],
  ['draft', null, [], false],
  ['draft', null, ['a'], true],
  ['awaiting-approval', null, ['a'], true],
  ['held', null, ['b'], false],
] as const)(
  'an item that is %s (%s), with %j known to be retracted, can never be sent: %s',
  (state, code, known, never) => {
    expect(isItemOfRetracted({ retracted: known }, item(state, code))).toBe(never)
  },
)

test('a new alert is no change of a retracted one, whatever its id', () => {
  expect(isItemOfRetracted({ retracted: ['a'] }, item('draft', null, 'alert'))).toBe(false)
})

test('which alerts are retracted is learnt of items and of alerts, and stays the same where nothing is new', () => {
  const first = withRetracted([], [item('refused', 'alert-retracted'), item('held', null)])
  expect(first).toEqual(['a'])
  const second = withRetracted(
    first,
    [],
    [
      { id: 'b', status: 'retracted' },
      { id: 'c', status: 'live' },
    ],
  )
  expect(second).toEqual(['a', 'b'])
  expect(withRetracted(second, [item('refused', 'alert-retracted')], [{ id: 'b', status: 'retracted' }])).toBe(second)
})

test.each([
  [null, [], null, false],
  ['live', [], null, false],
  ['retracted', [], null, true],
  ['live', ['a'], null, true],
  ['live', [], 'retracted', true],
  ['live', [], 'corrected', false],
] as const)(
  'a draft of an alert read as %s, with %j known and a refusal that says %s, can never be sent: %s',
  (status, retracted, told, never) => {
    const alert = status === null ? null : { id: 'a', status }
    const changed = told === null ? null : { alert: { status: told } }
    const state = { retracted, changed } as unknown as DeskState
    expect(isDraftOfRetracted(state, { alert } as unknown as DeskState['draft'])).toBe(never)
  },
)
