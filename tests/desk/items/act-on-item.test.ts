import { expect, test } from 'vitest'
import type { Editor } from '../../../src/auth/editor.ts'
import { actOnItem } from '../../../src/desk/items/act-on-item.ts'
import type { Item } from '../../../src/desk/items/item.ts'
import type { ActContext } from '../../../src/desk/items/item-acts.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'

const at = '2026-03-01T12:00:00.000Z'
const due = '2026-03-01T12:00:10.000Z'
const ada = { id: 'ada', name: 'Ada' }
const bo = { id: 'bo', name: 'Bo' }
const held: Item = {
  ...{ id: 'i', version: 3, state: 'held', kind: 'alert', alertId: 'a', hash: 'h' },
  ...{ createdAt: at, createdBy: ada, changedAt: at, changedBy: ada, authors: [ada], textsBy: { en: ada } },
  ...{ submittedBy: ada, submittedAt: at, approvalsWanted: 1, override: null, releaseAt: due, refusal: null },
  approvals: [{ by: bo, at, until: '2026-03-01T13:00:00.000Z', hash: 'h' }],
  ...{ published: null, content: { level: 'flash', texts: { en: { headline: 'Quake', summary: '' } } } },
}
const context = (approver: Partial<Editor> | null): ActContext => ({
  ...{ now: due, editor: null, latest: null, latestChange: null, pause: null, locks: [] },
  newsroom: parseNewsroom({ name: 'News', languages: [{ tag: 'en' }] }),
  editorNow: (id) =>
    id === 'bo' && approver === null ? null : { id, name: id, role: 'editor', createdAt: at, ...approver },
})
const release = (approver: Partial<Editor> | null) => actOnItem(held, { act: 'release' }, 'i', context(approver))

test.each([
  ['has ended', null],
  ['is a writer’s by now', { role: 'writer' as const }],
  ['may not approve the level any more', { levels: ['urgent' as const] }],
])('an approval counts no more when the key of who gave it %s: the item is missed', (_, approver) => {
  const { item, change, audit } = release(approver) ?? {}
  expect(item).toMatchObject({ state: 'missed', approvals: [], lastAct: { act: 'key-ended', by: null } })
  expect([change, audit?.[0]?.act]).toEqual([null, 'key-ended'])
})

test('a key that may do as much as before lets it go out', () => {
  for (const approver of [{}, { role: 'admin' as const }, { levels: ['flash' as const] }])
    expect(release(approver)?.change).toMatchObject({ kind: 'alert', id: 'a' })
})

test('what somebody submitted whose key has ended since is not approved: it would be missed at its time', () => {
  const eve: Editor = { id: 'eve', name: 'Eve', role: 'editor', createdAt: at }
  const waiting: Item = { ...held, state: 'awaiting-approval', approvals: [], releaseAt: null }
  const approve = (submitter: Editor | null) => () =>
    actOnItem(waiting, { act: 'approve', hash: 'h' }, 'i', {
      ...context({}),
      editor: eve,
      editorNow: (id) => (id === 'ada' ? submitter : { ...eve, id }),
    })
  expect(approve(null)).toThrow(expect.objectContaining({ code: 'submitter-gone' }))
  expect(approve({ ...eve, id: 'ada' })()?.item).toMatchObject({ state: 'held' })
})
