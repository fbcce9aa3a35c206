import { expect, test } from 'vitest'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { formatsOf } from '../../../src/domain/writing/formats.ts'
import { deskPage } from '../../../src/http/pages/desk-page.ts'

type Config = { readonly words: { readonly formats: unknown } }

function configIn(page: unknown): Config {
  return JSON.parse(/<script type="application\/json" id="tocsin">(.*?)<\/script>/.exec(String(page))?.[1] ?? '')
}

test('the desk’s script gets how its language is written, as the newsroom chose it', () => {
  const newsroomWith = (...languages: object[]) => parseNewsroom({ name: 'Try', rules: 'none', languages })
  const formats = (...languages: object[]) => configIn(deskPage(newsroomWith(...languages), 'fa')).words.formats
  expect(formats({ tag: 'fa' })).toEqual(formatsOf({ tag: 'fa' }))
  expect(formats({ tag: 'fa', calendar: 'gregorian', numerals: 'latn' })).toEqual(
    formatsOf({ tag: 'fa', calendar: 'gregorian', numerals: 'latn' }),
  )
  // The desk can be used in a language that the newsroom does not publish in.
  expect(formats({ tag: 'ru' })).toEqual(formatsOf({ tag: 'fa' }))
})

test('its languages are named in themselves', () => {
  const page = String(deskPage(parseNewsroom({ name: 'Try', rules: 'none', languages: [{ tag: 'en' }] }), 'en'))
  expect(page).toContain('<a href="/desk?lang=fa" hreflang="fa" lang="fa">فارسی</a>')
})
