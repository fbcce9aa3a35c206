import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import type { DeskItem } from '../../../../src/web/desk/editing/item-draft.ts'
import { arrivedItems, noArrivals, withArrivals } from '../../../../src/web/desk/items/arrivals.ts'
import { arrivalsView } from '../../../../src/web/desk/items/arrivals-view.ts'
import type { DeskState } from '../../../../src/web/desk/state/desk-state.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { elementsOf, textOfView } from '../view/view-elements.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

function item(id: string, by = 'boris', state = 'awaiting-approval', submittedAt = '1'): DeskItem {
  const texts = { en: { headline: id } }
  return {
    ...{ id, state, submittedAt, kind: 'alert', texts },
    submittedBy: { id: by, name: by },
  } as unknown as DeskItem
}

/** What Anna's page tells after each of these looks at what waits. */
function toldAfter(...looks: readonly (readonly DeskItem[])[]): string {
  let state = { me: { id: 'anna' }, arrivals: noArrivals, waiting: [] } as unknown as DeskState
  for (const waiting of looks) state = { ...state, waiting, arrivals: withArrivals(state, waiting) }
  expect(elementsOf(arrivalsView(state, () => {}))[0]?.props).toMatchObject({ role: 'status' })
  expect(arrivedItems(state).length === 0).toBe(textOfView(arrivalsView(state, () => {})) === '')
  return textOfView(arrivalsView(state, () => {}))
}

const one = 'boris submitted “Fire”: it waits for another editor. Show it'

test.each([
  ['what waited when the page was opened is not told', [[item('Fire')]], ''],
  ['what begins to wait is told', [[], [item('Fire')]], one],
  ['it is told as long as it waits', [[], [item('Fire')], [item('Fire')]], one],
  ['and no longer', [[], [item('Fire')], []], ''],
  ['one’s own is not', [[], [item('Fire', 'anna')]], ''],
  ['nor what is held', [[], [item('Fire', 'boris', 'held')]], ''],
  ['what is submitted again is', [[item('Fire')], [item('Fire', 'boris', 'awaiting-approval', '2')]], one],
  [
    'many are one sentence',
    [[], [item('Fire')], [item('Fire'), item('Flood')]],
    '2 items have been submitted for approval. Show it',
  ],
] as const)('%s', (_, looks, words) => {
  expect(toldAfter(...looks)).toBe(words)
})
