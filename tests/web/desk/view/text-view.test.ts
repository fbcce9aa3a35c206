import { afterEach, expect, test } from 'vitest'
import { formatsOf } from '../../../../src/domain/writing/formats.ts'
import { english, localeOf } from '../../../../src/locales/locales.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { counterView } from '../../../../src/web/desk/view/text-view.ts'
import { textOfView } from './view-elements.ts'

afterEach(() => setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } }))

test.each([
  ['en', '33 / 40'],
  ['fa', '۳۳ / ۴۰'],
])('in %s the length of a text is written as %s', (tag, written) => {
  setDeskWords({ language: tag, dir: 'ltr', text: { ...localeOf(tag).desk }, formats: formatsOf({ tag }) })
  expect(textOfView(counterView('id', 'a'.repeat(33), { goodMax: 40, longMax: 60 }))).toContain(written)
})
