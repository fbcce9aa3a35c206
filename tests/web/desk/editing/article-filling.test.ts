import { describe, expect, test } from 'vitest'
import { articleRequest, filledWith } from '../../../../src/web/desk/editing/article-filling.ts'
import { newDraft, revisionOf } from '../../../../src/web/desk/editing/desk-draft.ts'
import { alertOf } from '../../../support/samples.ts'

const proposal = {
  draft: { language: 'ru', headline: 'Землетрясение', summary: 'Дома разрушены.', url: null, topics: ['iran'] },
  unsure: [],
}
const text = { headline: 'Землетрясение', summary: 'Дома разрушены.', url: '' }

test.each([
  ['<!doctype html><p>x', 'html'],
  ['\n <div class="a">x</div>', 'html'],
  ['<META charset=utf-8>', 'html'],
  ['Quake hits Herat', 'text'],
  ['<3 is no tag', 'text'],
  ['<pretty> is none either', 'text'],
  ['', 'text'],
])('%j is sent as %s', (pasted, name) => {
  expect(articleRequest(pasted)).toEqual({ [name]: pasted })
})

describe('a proposal that is put into a draft', () => {
  test('takes the place of a language in which nothing is written, and keeps the intention', () => {
    const draft = { ...newDraft('en'), topics: ['russia'] }
    expect(filledWith(draft, proposal, 'ru')).toEqual({
      draft: { ...draft, texts: { ru: text }, topics: ['russia', 'iran'] },
    })
  })

  test('stands beside what is written in other languages', () => {
    const written = { headline: 'Quake', summary: '', url: '' }
    const draft = { ...newDraft('en'), texts: { en: written } }
    expect(filledWith(draft, proposal, 'ru')).toMatchObject({ draft: { texts: { en: written, ru: text } } })
  })

  test('never replaces what somebody wrote', () => {
    const draft = { ...newDraft('ru'), texts: { ru: { headline: '', summary: ' x', url: '' } } }
    expect(filledWith(draft, proposal, 'ru')).toEqual({ refused: 'textThere' })
  })

  test('needs a language', () => {
    expect(filledWith(newDraft('en'), proposal, '')).toEqual({
      refused: 'chooseArticleLanguage',
    })
  })

  test('adds a language to a published alert, and none of its topics', () => {
    const draft = revisionOf(alertOf({ topics: ['afghanistan'] }), 'update')
    expect(filledWith(draft, proposal, 'ru')).toEqual({
      draft: { ...draft, texts: { ...draft.texts, ru: text } },
    })
  })
})
