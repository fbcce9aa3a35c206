import { expect, test } from 'vitest'
import type { Editor } from '../../../src/auth/editor.ts'
import type { Item } from '../../../src/desk/items/item.ts'
import { awaitsAlready } from '../../../src/desk/items/item-refusals.ts'
import { presenceOf } from '../../../src/desk/items/presence.ts'

const at = '2026-03-01T12:00:00.000Z'
const wanda = { id: 'wanda', name: 'Wanda' }
const item = {
  ...{ id: 'i', state: 'awaiting-approval', kind: 'alert', authors: [wanda], submittedBy: wanda, approvals: [] },
  ...{ content: { level: 'flash' }, changedAt: at, changedBy: wanda, textsBy: {} },
} as unknown as Item

/** Whoever could not approve it neither locks it nor is told to. */
test.each([
  [{ id: 'eve', role: 'editor' }, true],
  [{ id: 'eve', role: 'editor', levels: ['flash'] }, true],
  [{ id: 'eve', role: 'editor', levels: ['urgent', 'routine'] }, false],
  [{ id: 'ada', role: 'admin', levels: ['routine'] }, false],
  [{ id: 'wil', role: 'writer' }, false],
  [{ id: 'wanda', role: 'editor' }, false],
])('%j may approve a flash of another: %s', (who, may) => {
  const editor = { name: 'X', ...who } as unknown as Editor
  const { doing } = presenceOf(item, editor, { doing: 'approving', renewal: false }, undefined, at)
  expect([doing, awaitsAlready(item, editor).message.includes('which you may give')]).toEqual([
    may ? 'approving' : 'reading',
    may,
  ])
})
