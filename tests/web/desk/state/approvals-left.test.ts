import { expect, test } from 'vitest'
import { approvalsLeft } from '../../../../src/web/desk/view/look-view.ts'

type Of = Parameters<typeof approvalsLeft>[0]

test('who approves counts: what is left is what others must still do', () => {
  const item = (approvalsWanted: number, given: number) =>
    ({ item: { approvalsWanted, approvals: Array.from({ length: given }) }, dryRun: { rule: { approvals: 1 } } }) as Of
  expect(approvalsLeft(item(1, 0), 'approve')).toBe(0)
  expect(approvalsLeft(item(2, 0), 'approve')).toBe(1)
  expect(approvalsLeft(item(2, 1), 'approve')).toBe(0)
  expect(approvalsLeft(item(1, 0), 'submit')).toBe(1)
  expect(approvalsLeft({ item: null, dryRun: null }, 'submit')).toBe(1)
  expect(approvalsLeft({ item: null, dryRun: null }, 'publish')).toBe(0)
})
