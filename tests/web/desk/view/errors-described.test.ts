import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import { newDraft } from '../../../../src/web/desk/editing/desk-draft.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { beforeView } from '../../../../src/web/desk/view/before-view.ts'
import { timesView } from '../../../../src/web/desk/view/times-view.ts'
import { elementsOf, textOfView } from './view-elements.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

test.each(['/holdSeconds', '/publishAt', '/embargoUntil'])('the field of %s is described by its error', (pointer) => {
  const mistakes = [{ pointer, detail: 'This has passed.' }]
  const elements = elementsOf(timesView(newDraft('en'), { languages: [] } as never, mistakes, () => {}))
  const wrong = elements.filter(({ props }) => props['aria-invalid'] === true)
  const said = elements.find(({ props }) => props.id === wrong[0]?.props['aria-describedby'])
  expect([wrong.length, said?.text]).toEqual([1, 'This has passed.'])
})

test.each([0, 1])('what went out lately is disclosed where there is something to disclose: %i', (count) => {
  const one = {
    alertId: 'a',
    kind: 'alert',
    level: 'urgent',
    audience: 'public',
    at: '2026-11-27T12:00:00.000Z',
    by: null,
  }
  const recent = Array.from({ length: count }, () => ({ ...one, headline: 'Fire', language: 'en', languages: ['en'] }))
  const view = beforeView({ missing: [], sending: [], recent } as never)
  expect(elementsOf(view).filter(({ tag }) => tag === 'details')).toHaveLength(count)
  expect(textOfView(view).includes(english.desk.recentNone)).toBe(count === 0)
})
