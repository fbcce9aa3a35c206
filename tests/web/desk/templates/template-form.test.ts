import { expect, test } from 'vitest'
import { newDraft } from '../../../../src/web/desk/editing/desk-draft.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { mistakeWords } from '../../../../src/web/desk/state/service-words.ts'
import {
  filledFrom,
  fillingOf,
  noForm,
  type TemplateForm,
  templateIn,
} from '../../../../src/web/desk/templates/template-form.ts'

const quake = {
  ...{ id: 'quake', name: 'Earthquake', texts: { en: text('{size} in {place}'), fa: text('{size} {place}') } },
  blanks: [
    { id: 'size', label: 'Magnitude', kind: 'number' as const, examples: ['6.0'] },
    { id: 'place', label: 'Place', kind: 'text' as const, examples: [] },
  ],
}
const form = (changed: Partial<TemplateForm>): TemplateForm => ({
  ...noForm,
  templates: [quake],
  chosen: 'quake',
  ...changed,
})

function text(headline: string) {
  return { headline, summary: '' }
}

test('a template and its blanks are called by their names in the desk’s language, where they have any', () => {
  const [size, place] = quake.blanks
  const named = { ...quake, names: { fa: 'زمین‌لرزه' }, blanks: [{ ...size, labels: { fa: 'بزرگی' } }, place] }
  const calledIn = (language: string) => {
    const { name, blanks } = templateIn(named as typeof quake, language)
    return [name, ...blanks.map(({ label }) => label)]
  }
  expect(calledIn('fa')).toEqual(['زمین‌لرزه', 'بزرگی', 'Place'])
  expect(calledIn('en')).toEqual(['Earthquake', 'Magnitude', 'Place'])
})

test('a value stands for all languages, but where a language says it otherwise; what is empty is left out', () => {
  expect(fillingOf(form({ values: { size: '6.0', place: ' Herat ' } }))).toEqual({
    blanks: { size: '6.0', place: 'Herat' },
  })
  expect(
    fillingOf(form({ values: { place: 'Herat' }, byLanguage: { place: { fa: 'هرات', ru: '' }, size: { fa: '۶' } } })),
  ).toEqual({ blanks: { place: { en: 'Herat', fa: 'هرات' } } })
  expect(fillingOf(form({ byLanguage: { place: { fa: 'هرات' } } }))).toEqual({ blanks: { place: { fa: 'هرات' } } })
})

test('filled texts go into the form in the newsroom’s order, never over a written one; missing languages are named', () => {
  const answer = {
    draft: { level: 'urgent' as const, topics: ['quakes'], texts: { fa: text('زلزله'), en: text('Quake in Herat') } },
    unsure: [
      { pointer: '/draft/texts', detail: 'The template has no text in ru.' },
      { pointer: '/draft/texts/fa', detail: 'Look at it.' },
    ],
  }
  const blank = newDraft('ru')
  const { draft, result } = filledFrom(blank, answer, ['en', 'fa', 'ru'])
  expect(Object.keys(draft.texts)).toEqual(['en', 'fa'])
  expect([draft.level, draft.topics]).toEqual(['urgent', ['quakes']])
  expect(result).toEqual({ unsure: [answer.unsure[1]], missing: ['ru'], kept: [] })

  const mine = { headline: 'Mine', summary: '', url: '' }
  const again = filledFrom({ ...blank, level: 'flash', texts: { en: mine } }, answer, ['en', 'fa', 'ru'])
  expect(again.draft).toMatchObject({ level: 'flash', texts: { en: mine, fa: { headline: 'زلزله' } } })
  expect(again.result.kept).toEqual(['en'])
})

test('a template is filled again: what the last filling put there gives way, what was written since stays', () => {
  const tags = ['en', 'fa', 'ru']
  const answer = (headline: string, level: 'urgent' | 'flash') => ({
    draft: { level, topics: ['quakes'], texts: { fa: text(`fa ${headline}`), en: text(`en ${headline}`) } },
    unsure: [],
  })
  const blank = { ...newDraft('ru'), topics: ['rights'] }
  const first = filledFrom(blank, answer('Herat', 'urgent'), tags)
  const second = filledFrom(first.draft, answer('Balkh', 'flash'), tags, first.filling)
  expect(second.draft).toMatchObject({ level: 'flash', topics: ['rights', 'quakes'] })
  expect(second.draft.texts).toMatchObject({ en: { headline: 'en Balkh' }, fa: { headline: 'fa Balkh' } })
  expect(second.result.kept).toEqual([])

  const mine = { headline: 'Mine', summary: '', url: '' }
  const edited = { ...first.draft, level: 'routine' as const, texts: { ...first.draft.texts, en: mine } }
  const third = filledFrom(edited, answer('Balkh', 'flash'), tags, first.filling)
  expect(third.draft).toMatchObject({ level: 'routine', texts: { en: mine, fa: { headline: 'fa Balkh' } } })
  expect(third.result.kept).toEqual(['en'])
  // Another draft that happens to say the same is nobody's filling.
  const other = filledFrom({ ...first.draft, key: 'other' }, answer('Balkh', 'flash'), tags, first.filling)
  expect(other.result.kept).toEqual(['en', 'fa'])
})

test.each([
  ['template-script', { value: 'هرات', name: 'Town' }, '«هرات» in جا'],
  ['template-left-out', { names: ['Town'] }, 'Nothing in جا'],
])('a warning of %s names the blank as the form does', (code, values, words) => {
  const text = { 'mistake_template-script': '«{value}» in {name}', 'mistake_template-left-out': 'Nothing in {names}' }
  setDeskWords({ language: 'fa', dir: 'ltr', text })
  const blank = { id: 'town', label: 'Town', labels: { fa: 'جا' }, kind: 'text' as const }
  templateIn({ ...quake, blanks: [blank] } as unknown as Parameters<typeof templateIn>[0], 'fa')
  expect(mistakeWords({ pointer: '/draft/texts/en', code, values, detail: '' }).replace(/[\u2068\u2069]/g, '')).toBe(
    words,
  )
})
