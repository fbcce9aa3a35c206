import { expect, test } from 'vitest'
import type { Editor } from '../../../src/auth/editor.ts'
import type { Item } from '../../../src/desk/items/item.ts'
import { waitingDetail } from '../../../src/desk/items/waiting-detail.ts'

const at = '2026-03-01T12:00:00.000Z'
const ada = { id: 'ada', name: 'Ada' }
const item = (more: Partial<Item> = {}): Item => ({
  ...{ id: 'item-1', version: 1, state: 'awaiting-approval', kind: 'alert', alertId: 'alert-1', hash: 'h' },
  ...{ createdAt: at, createdBy: ada, changedAt: at, changedBy: ada, authors: [ada], textsBy: {} },
  ...{ submittedBy: ada, submittedAt: at, approvalsWanted: 1, approvals: [], override: null },
  ...{ releaseAt: null, refusal: null, published: null, content: { level: 'flash' } },
  ...more,
})
const editor = (id: string, more: Partial<Editor> = {}): Editor => ({
  ...{ id, name: id, role: 'editor', createdAt: at },
  ...more,
})

test('a newsroom of one person is told that nobody could approve, and both ways on', () => {
  const said = waitingDetail(item(), [editor('ada', { role: 'admin' })], at)
  expect(said).toMatch(/nobody else has a key.*\/v1\/desk\/editors.*overrideReason/)
})

test.each([
  ['a writer', editor('bob', { role: 'writer' })],
  ['one whose key has other levels', editor('bob', { levels: ['routine'] })],
  ['one whose key has expired', editor('bob', { expiresAt: at })],
])('%s cannot approve, and is not counted', (_, bob) => {
  expect(waitingDetail(item(), [editor('ada'), bob], at)).toContain('nobody else has a key')
})

test('where a colleague may approve, it says how many may', () => {
  expect(waitingDetail(item(), [editor('ada'), editor('bob')], at)).toMatch(/another editor; 1 may give it/)
  const two = item({ approvalsWanted: 2, approvals: [{ by: { id: 'bob', name: 'B' }, at, until: at, hash: 'h' }] })
  expect(waitingDetail(two, [editor('ada'), editor('bob')], at)).toContain('nobody else has a key')
})

test('what is held says when it goes out and how to stop it; what does not wait says nothing', () => {
  expect(waitingDetail(item({ state: 'held', releaseAt: at }), [], at)).toMatch(
    /held and goes out at 2026-03-01T12.*cancel/,
  )
  expect(waitingDetail(item({ state: 'published' }), [], at)).toBeNull()
})
