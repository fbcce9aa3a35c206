import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import { revisionOf } from '../../../../src/web/desk/editing/desk-draft.ts'
import type { DeskItem } from '../../../../src/web/desk/editing/item-draft.ts'
import { aboutItem, knowAlert, nameOfDraft, nameOfItem, unnamed } from '../../../../src/web/desk/items/item-name.ts'
import { deleteView } from '../../../../src/web/desk/items/take-back-view.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { textOfView } from '../view/view-elements.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const alert = {
  ...{ id: 'known', version: 1, status: 'live', level: 'urgent', audience: 'public', topics: [] },
  texts: { en: { headline: 'Fire at the port', summary: '' } },
} as unknown as Parameters<typeof revisionOf>[0]
knowAlert(alert)

function item(kind: DeskItem['kind'], alertId: string, texts?: DeskItem['texts']): DeskItem {
  return { id: 'i', kind, alertId, texts, changedBy: { id: 'a', name: 'Anna' } } as unknown as DeskItem
}

test.each([
  ['alert', 'known', undefined, '(no headline yet)'],
  ['correction', 'known', undefined, 'Correction of ‘Fire at the port’'],
  ['update', 'known', { en: { summary: 'Only this' } }, 'Update of ‘Fire at the port’'],
  ['retraction', 'known', undefined, 'Retraction of ‘Fire at the port’'],
  ['correction', 'unread', undefined, 'Correction'],
  ['correction', 'known', { en: { headline: 'Fire near the port' } }, 'Fire near the port'],
] as const)('an item that is a %s of %s with %o is called by a name', (kind, alertId, texts, name) => {
  const it = item(kind, alertId, texts as DeskItem['texts'])
  expect(nameOfItem(it).headline).toBe(name)
  expect(textOfView(deleteView(it))).toContain(`“${name}”`)
})

test('a draft that this browser keeps is called by what it changes', () => {
  const draft = revisionOf(alert, 'correction')
  expect(nameOfDraft(draft).headline).toBe('Correction of ‘Fire at the port’')
  const texts = { en: { headline: 'Fire near the port', summary: '', url: '' } }
  expect(nameOfDraft({ ...draft, texts })).toEqual({ tag: 'en', headline: 'Fire near the port' })
})

test('a change that waits says of which alert it is, at which level, and whether it is live or a test', () => {
  knowAlert({ ...alert, id: 'try', audience: 'test' })
  const change = { ...item('update', 'known', { en: { headline: 'Other words' } } as DeskItem['texts']) }
  expect(aboutItem(change)).toEqual({ level: 'urgent', audience: 'public', headline: 'Fire at the port' })
  expect(aboutItem({ ...change, level: 'flash' })).toMatchObject({ level: 'flash', audience: 'public' })
  expect(aboutItem({ ...change, alertId: 'try' })).toMatchObject({ audience: 'test' })
  expect(aboutItem({ ...change, alertId: 'unread' })).toEqual({})
  // What waits is of an alert that must be known; a draft with a headline of its own is not.
  const unread = { ...change, alertId: 'unread' }
  expect(unnamed([{ ...unread, state: 'draft' }])).toEqual([])
  expect(
    unnamed([
      { ...unread, state: 'awaiting-approval' },
      { ...unread, state: 'held' },
    ]).length,
  ).toBe(1)
})

test('only alerts that are not known are asked for, each once', () => {
  const items = [item('alert', 'new'), item('update', 'known'), item('update', 'unread'), item('correction', 'unread')]
  expect(unnamed(items).map(({ alertId }) => alertId)).toEqual(['unread'])
})
