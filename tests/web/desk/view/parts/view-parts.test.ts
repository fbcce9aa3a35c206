import { afterEach, expect, test } from 'vitest'
import { english, localeOf } from '../../../../../src/locales/locales.ts'
import { setDeskWords } from '../../../../../src/web/desk/state/desk-words.ts'
import { problemWords } from '../../../../../src/web/desk/state/service-words.ts'
import { told } from '../../../../../src/web/desk/view/parts/view-parts.ts'
import { elementsOf, textOfView } from '../view-elements.ts'

afterEach(() => setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } }))

test('at a Persian desk a sentence of the service is an element in English, beside the Persian words', () => {
  setDeskWords({ language: 'fa', dir: 'rtl', text: { ...localeOf('fa').desk } })
  const view = told(problemWords({ code: 'invalid', detail: 'The link is too long.' }))
  expect(elementsOf(view)).toEqual([{ tag: 'bdi', props: { lang: 'en', dir: 'ltr' }, text: 'The link is too long.' }])
  expect(textOfView(view)).toMatch(/^به این صورت پذیرفته نمی‌شود\./)
  expect(elementsOf(told(problemWords({ code: 'own-item', detail: 'You have written on it.' })))).toEqual([])
})

test('at an English desk it is the text itself', () => {
  expect(told(problemWords({ code: 'invalid', detail: 'The link is too long.' }))).toEqual(['The link is too long.'])
})
