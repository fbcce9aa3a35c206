import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import type { DeskItem } from '../../../../src/web/desk/editing/item-draft.ts'
import { draftOfItem } from '../../../../src/web/desk/editing/item-draft.ts'
import { knowAlert } from '../../../../src/web/desk/items/item-name.ts'
import { noSearch } from '../../../../src/web/desk/search/search-state.ts'
import type { DeskState } from '../../../../src/web/desk/state/desk-state.ts'
import { setDeskWords, setNewsroomNames } from '../../../../src/web/desk/state/desk-words.ts'
import { itemsView } from '../../../../src/web/desk/view/items-view.ts'
import { elementsOf, textOfView } from './view-elements.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const at = '2026-11-27T12:00:00.000Z'
const by = { id: 'anna', name: 'Anna' }
const missed = {
  ...{ id: 'one', version: 1, state: 'missed', kind: 'alert', alertId: 'a', hash: 'h', texts: {} },
  ...{ createdAt: at, createdBy: by, changedAt: at, changedBy: by, authors: [by], textsBy: {} },
  ...{ submittedBy: by, submittedAt: at, approvalsWanted: 0, approvals: [], override: null },
  ...{ releaseAt: null, refusal: null, published: null },
} as DeskItem

test.each([true, false])('that more waits than is shown is said, and only then: %s', (hasMoreWaiting) => {
  const state = {
    ...{ me: { ...by, role: 'editor' }, draft: draftOfItem(missed, null, 'key', 'en'), waiting: [missed, missed] },
    ...{
      drafts: [],
      kept: [],
      presence: [],
      search: noSearch,
      retracted: [],
      hasMoreDrafts: false,
      hasMoreWaiting,
      now: 0,
    },
  } as unknown as DeskState
  const config = { languages: [], topics: [] } as unknown as Parameters<typeof itemsView>[1]
  const said = textOfView(itemsView(state, config, {} as Parameters<typeof itemsView>[2]))
  expect(said.includes('Only the newest 2 are shown: more wait.')).toBe(hasMoreWaiting)
})

const buttonsIn = (item: DeskItem, retracted: readonly string[] = []) => {
  const state = {
    ...{ me: { id: 'ada', name: 'Ada', role: 'admin' }, draft: draftOfItem(missed, null, 'key', 'en') },
    ...{ waiting: [{ ...item, id: 'two' }], drafts: [], kept: [], presence: [], search: noSearch, retracted, now: 0 },
  } as unknown as DeskState
  const config = { languages: [], topics: [] } as unknown as Parameters<typeof itemsView>[1]
  const view = itemsView(state, config, {} as Parameters<typeof itemsView>[2])
  const buttons = elementsOf(view).filter(({ tag }) => tag === 'button')
  const meta = elementsOf(view).find(({ props }) => props.class === 'meta')?.text
  return { meta, said: textOfView(view), buttons: buttons.map(({ text }) => text) }
}

test('what its alert’s retraction has ended says by whom and when, and is not offered to be published', () => {
  const refusal = { code: 'alert-retracted', detail: 'English', at, by: 'Boris', changedAt: at }
  const { said, buttons } = buttonsIn({ ...missed, kind: 'correction', state: 'refused', refusal })
  expect(said).toMatch(/Boris retracted the alert at .*2026.*: this can never be sent\./)
  expect(said).not.toContain('English')
  expect(buttons).toEqual(['Open', 'Cancel'])
  const other = buttonsIn({ ...missed, state: 'refused', refusal: { code: 'invalid', detail: 'Why.', at } })
  expect(other.buttons).toContain('Look and publish…')
})

test.each([
  ['public', 'Fire near the port', 'UrgentLIVEUpdate of ‘Fire at the port’English'],
  ['test', 'Fire near the port', 'UrgentTESTUpdate of ‘Fire at the port’English'],
  // It is called by that already.
  ['public', undefined, 'UrgentLIVEUpdateEnglish'],
] as const)('a change of a %s alert that waits, with the headline %s, says what it is', (audience, headline, meta) => {
  knowAlert({ id: audience, level: 'urgent', audience, texts: { en: { headline: 'Fire at the port', summary: '' } } })
  const texts = { en: headline === undefined ? { summary: 'Only this' } : { headline } }
  const item = {
    ...missed,
    kind: 'update',
    state: 'awaiting-approval',
    alertId: audience,
    texts,
  } as unknown as DeskItem
  setNewsroomNames({ languages: [{ tag: 'en', name: 'English' }], topics: [] })
  expect(buttonsIn(item).meta).toBe(meta)
})

test.each(['awaiting-approval', 'missed'] as const)('what is %s is offered until its alert is retracted', (state) => {
  const item = { ...missed, kind: 'correction', state } as DeskItem
  const main = state === 'missed' ? 'Look and publish…' : 'Read and approve…'
  expect(buttonsIn(item).buttons).toContain(main)
  const { said, buttons } = buttonsIn(item, ['a'])
  expect(buttons).not.toContain(main)
  expect(said).toContain('Its alert is retracted: it can never be sent.')
})

test.each([
  [{ ...noSearch, text: 'quake', state: 'asking' }, 'Looking…'],
  [{ ...noSearch, text: ' quake ', state: 'done', found: [] }, 'Nothing says “quake”.'],
  [{ ...noSearch, text: 'q', state: 'done', found: [missed] }, '1 found.'],
  [
    { ...noSearch, text: 'q', state: 'done', found: [missed, missed], hasMore: true },
    'The newest 2 are shown: more were found.',
  ],
  [{ ...noSearch, text: 'q', state: 'done', error: 'lost' }, 'No answer. Nothing was looked for'],
  [{ ...noSearch, text: '  ', state: 'done', found: [missed] }, ''],
] as const)('a search that stands at %j says so', (search, words) => {
  const state = {
    ...{ me: { ...by, role: 'editor' }, draft: draftOfItem(missed, null, 'key', 'en'), waiting: [], retracted: [] },
    ...{ drafts: [], kept: [], presence: [], now: 0, search },
  } as unknown as DeskState
  const config = { languages: [], topics: [] } as unknown as Parameters<typeof itemsView>[1]
  const elements = elementsOf(itemsView(state, config, {} as Parameters<typeof itemsView>[2]))
  const said = elements.find(({ props }) => props.id === 'item-search-said')
  expect(said?.text.startsWith(words)).toBe(true)
  if (words === '') expect(said?.text).toBe('')
  expect(elements.filter(({ props }) => props.id === 'found')).toHaveLength(
    words.includes('found') || words.includes('shown') ? 1 : 0,
  )
})

test.each([
  ['key-ended', 'A key by which it was published or approved has ended since.'],
  ['missed', 'Its time passed while the service was down or paused.'],
  ['paused', 'Its time passed while the service was down or paused.'],
])('what is missed says why: %s', (act, words) => {
  expect(buttonsIn({ ...missed, lastAct: { act, by: null } }).said).toContain(words)
})
