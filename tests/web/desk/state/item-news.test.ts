import { expect, test } from 'vitest'
import type { DeskItem } from '../../../../src/web/desk/editing/item-draft.ts'
import { followed, newsOf } from '../../../../src/web/desk/state/item-news.ts'

const at = '2026-11-27T12:00:00.000Z'
const anna = { id: 'anna', name: 'Anna' }
const boris = { id: 'boris', name: 'Boris' }

function item(changed: Partial<DeskItem>): DeskItem {
  return {
    ...{ id: 'one', version: 1, state: 'draft', kind: 'alert', alertId: 'a', hash: 'h' },
    ...{ createdAt: at, createdBy: anna, changedAt: at, changedBy: anna, authors: [anna], textsBy: {} },
    ...{ submittedBy: anna, submittedAt: null, approvalsWanted: 1, approvals: [], override: null },
    ...{ releaseAt: null, refusal: null, published: null },
    texts: { en: { headline: 'Quake' } },
    ...changed,
  }
}

const held = item({ state: 'held' })
const awaiting = item({ state: 'awaiting-approval' })
const approvals = [{ by: boris, at, until: at, hash: 'h' }]
const what = (was: DeskItem, is: Partial<DeskItem>) =>
  newsOf([was], [item({ version: 2, ...is })]).map(({ what: told, by }) => [told, by?.name])

test('who cancelled, approved or sent an item is told to everyone who saw it wait', () => {
  expect(what(held, { state: 'cancelled', changedBy: boris })).toEqual([['cancelled', 'Boris']])
  expect(what(awaiting, { state: 'held', approvals })).toEqual([['held', 'Boris']])
  expect(what(awaiting, { state: 'awaiting-approval', approvals })).toEqual([['approved', 'Boris']])
  expect(what(held, { state: 'published' })).toEqual([['published', undefined]])
  expect(what(held, { state: 'missed' })).toEqual([['missed', undefined]])
  // What was cancelled, and said to be, is sent after all.
  expect(what(item({ state: 'cancelled' }), { state: 'held', submittedBy: boris })).toEqual([['held', 'Boris']])
})

test('what this page knew already is no news, nor is an older answer', () => {
  expect(newsOf([item({ version: 2, state: 'cancelled' })], [item({ version: 2, state: 'cancelled' })])).toEqual([])
  expect(newsOf([item({ version: 2, state: 'cancelled' })], [held])).toEqual([])
  expect(what(item({ state: 'cancelled' }), { state: 'draft' })).toEqual([])
  expect(newsOf([held], [])).toEqual([])
})

test('what waits is followed, and what the status line is about, once', () => {
  const cancelled = item({ id: 'two', state: 'cancelled' })
  expect(followed([held], { item: cancelled }).map(({ id }) => id)).toEqual(['two', 'one'])
  expect(followed([held], { item: held })).toEqual([held])
  expect([followed([held], 'connection'), followed([], null)]).toEqual([[held], []])
})
