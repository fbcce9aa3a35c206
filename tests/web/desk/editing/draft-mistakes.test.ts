import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import { newDraft } from '../../../../src/web/desk/editing/desk-draft.ts'
import { draftMistakes } from '../../../../src/web/desk/editing/draft-mistakes.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const draft = (headlines: Readonly<Record<string, string>>) => ({
  ...newDraft('en'),
  ...({ level: 'urgent', audience: 'test' } as const),
  texts: Object.fromEntries(
    Object.entries(headlines).map(([tag, headline]) => [tag, { headline, summary: 'x', url: '' }]),
  ),
})

test.each([
  [{ en: '' }, '/texts/en/headline'],
  [{ fa: '  ', en: '' }, '/texts/fa/headline'],
] as const)('a form with the headlines %j says first that one is missing, at %s', (headlines, pointer) => {
  const [first] = draftMistakes({ ...draft(headlines), level: '' })
  expect(first).toEqual({ pointer, code: 'headline-missing', detail: 'The headline is missing: write one.' })
})

test('with a headline in one language nothing is missing here', () => {
  expect(draftMistakes(draft({ en: '', fa: 'زلزله' }))).toEqual([])
})
