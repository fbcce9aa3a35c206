import { afterEach, expect, test } from 'vitest'
import { itemStates } from '../../../../src/desk/items/item.ts'
import { kinds, levels } from '../../../../src/domain/alert-types.ts'
import { formatsOf } from '../../../../src/domain/writing/formats.ts'
import { english, localeOf } from '../../../../src/locales/locales.ts'
import { detailOf } from '../../../../src/web/desk/account/account-state.ts'
import { detailView } from '../../../../src/web/desk/account/audit-detail.ts'
import { setDeskWords, setNewsroomNames } from '../../../../src/web/desk/state/desk-words.ts'
import { elementsOf, textOfView } from '../view/view-elements.ts'

const inEnglish = { language: 'en', dir: 'ltr', text: { ...english.desk } } as const
const inPersian = {
  language: 'fa',
  dir: 'rtl',
  text: { ...localeOf('fa').desk },
  formats: formatsOf({ tag: 'fa' }),
} as const
setNewsroomNames({
  languages: [
    { tag: 'en', name: 'English' },
    { tag: 'fa', name: 'فارسی' },
  ],
  topics: [{ id: 'iran', label: 'ایران' }],
})
afterEach(() => setDeskWords(inEnglish))

const said = (detail: object) => detailOf({ ...detail }).map((it) => textOfView(detailView(it)))

test('every detail that the audit log has is told in the desk’s language, with nothing of the protocol', () => {
  setDeskWords(inPersian)
  const at = '2026-11-27T12:00:00.000Z'
  const lines = said({
    ...{ kind: 'correction', version: 3, state: 'held', level: 'flash', audience: 'test', topics: ['iran'] },
    ...{ languages: ['fa'], releaseAt: at, overrideReason: 'چون', refusal: 'alert-retracted', alertChangedBy: 'سارا' },
    ...{ alertChangedAt: at, approvedBy: [{ id: 'x', name: 'سارا' }], seq: 9, through: 9, reason: 'چون', endsAt: at },
    ...{
      editor: { name: 'سارا', role: 'writer', levels: ['urgent'], expiresAt: at },
      sessions: 2,
      lines: 4,
      replayed: 1,
    },
    paused: { languages: ['fa'], topics: ['iran'] },
  })
  expect(lines).toHaveLength(26)
  for (const line of lines) expect(line.replace(/LIVE|TEST|UTC/g, '')).not.toMatch(/[a-z]{2}/i)
})

test('kinds, levels and states of items have words', () => {
  for (const words of [inEnglish, inPersian]) {
    const names = [...kinds.map((it) => `kind_${it}`), ...levels.map((it) => `level_${it}`)]
    for (const name of [...names, ...itemStates.map((it) => `state_${it}`)])
      expect([name, name in words.text]).toEqual([name, true])
  }
})

test.each([
  [{ gone: 'a-new-thing' }, 'gone: a-new-thing'],
  [{ mayAlso: ['a', 'b'] }, 'mayAlso: a, b'],
])('what a newer service tells, such as %j, stands as it is, from left to right', (detail, text) => {
  setDeskWords(inPersian)
  const [first] = detailOf(detail)
  if (first === undefined) throw new Error('it tells nothing')
  const [element] = elementsOf(detailView(first))
  expect(element).toMatchObject({ tag: 'bdi', props: { lang: 'en', dir: 'ltr' }, text })
})

test.each([
  [{ level: 'urgent' }, 'Level: Urgent'],
  [{ languages: ['en', 'fa'] }, 'Languages: English, \u2068فارسی\u2069'],
  [{ state: 'unheard-of' }, 'State: unheard-of'],
  [{ seq: 1200 }, 'Number in the log: 1,200'],
])('in English %j is %s', (detail, line) => {
  expect(said(detail)).toEqual([line])
})
