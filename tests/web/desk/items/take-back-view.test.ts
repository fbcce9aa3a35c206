import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import type { DeskItem } from '../../../../src/web/desk/editing/item-draft.ts'
import { deleteView, takeBackView } from '../../../../src/web/desk/items/take-back-view.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { elementsOf, textOfView } from '../view/view-elements.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const item = {
  ...{ id: 'a', state: 'draft', kind: 'alert', version: 3, changedBy: { id: 'wanda', name: 'Wanda' } },
  ...{ submittedBy: { id: 'otto', name: 'Otto' }, texts: { en: { headline: 'The bridge is open' } } },
} as unknown as DeskItem

test.each([
  ['a draft is deleted', deleteView(item), ['The bridge is open', 'cannot be brought back', 'Wanda'], 'Delete'],
  [
    'what a colleague submitted is taken back',
    takeBackView(item),
    ['The bridge is open', 'Otto'],
    'Take back and edit',
  ],
])('before %s, the question says of what and by whom, and the first button does nothing', (_, view, said, act) => {
  for (const words of said) expect(textOfView(view)).toContain(words)
  const buttons = elementsOf(view).filter(({ tag }) => tag === 'button')
  expect(buttons.map(({ text, props }) => [text, props.value])).toEqual([
    ['Leave it', ''],
    [act, 'take'],
  ])
})
