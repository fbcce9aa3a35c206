import { expect, test } from 'vitest'
import type { Alert } from '../../../../src/domain/alert-types.ts'
import { english } from '../../../../src/locales/locales.ts'
import { newDeliberate } from '../../../../src/web/desk/dialogs/deliberate.ts'
import { deliberateView } from '../../../../src/web/desk/dialogs/deliberate-view.ts'
import { newRetraction, withMeanwhile } from '../../../../src/web/desk/dialogs/retraction.ts'
import { retractionContent } from '../../../../src/web/desk/dialogs/retraction-view.ts'
import { stopContent } from '../../../../src/web/desk/dialogs/stop-view.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { elementsOf } from '../view/view-elements.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const at = '2026-03-01T12:00:00.000Z'
const alert: Alert = {
  ...{ id: 'a', version: 1, level: 'flash', audience: 'public', status: 'live', topics: [] },
  ...{ publishedAt: at, changedAt: at, expiresAt: at, texts: { en: { headline: 'Bridge closed', summary: '' } } },
}
const config = { languages: [{ tag: 'en', name: 'English', dir: 'ltr' }], topics: [], retractionNotes: {} } as never
const acts = { tick: () => {}, type: () => {}, press: () => {} }
const found = (view: Parameters<typeof elementsOf>[0], id: string) =>
  elementsOf(view).find(({ props }) => props.id === id)

test('a dialog names the audience, the act and the alert, and its button waits for the tick', () => {
  const view = deliberateView('stop', newDeliberate(), stopContent(alert, { topics: [] }), acts)
  expect(found(view, 'stop-audience')).toMatchObject({
    text: 'STOP, LIVE: goes to readers',
    props: { 'data-audience': 'public' },
  })
  expect(found(view, 'stop-what')?.text).toContain('Bridge closed')
  expect(found(view, 'stop-send')?.props.disabled).toBe(true)
  const ticked = deliberateView(
    'stop',
    { ...newDeliberate(), isTicked: true },
    stopContent(alert, { topics: [] }),
    acts,
  )
  expect([found(ticked, 'stop-send')?.props.disabled, found(ticked, 'stop-cancel')?.props.disabled]).toEqual([
    false,
    false,
  ])
  const sending = deliberateView(
    'stop',
    { ...newDeliberate(), isTicked: true, state: 'sending' },
    stopContent(alert, { topics: [] }),
    acts,
  )
  // What is disabled loses the focus.
  expect(found(sending, 'stop-send')?.props).toMatchObject({ disabled: false, 'aria-disabled': true })
  expect(found(sending, 'stop-cancel')?.props.disabled).toBe(true)
})

test('where a word is wanted there is a field and no box', () => {
  const view = deliberateView('stop', newDeliberate('FLASH'), stopContent(alert, { topics: [] }), acts)
  expect([found(view, 'stop-ticked'), found(view, 'stop-word')?.tag]).toEqual([undefined, 'input'])
})

test('what a colleague has retracted meanwhile cannot be retracted: the dialog can only be left', () => {
  const asked = newRetraction(alert, { key: 'k', note: {} }, {}, '')
  const changed = {
    version: 2,
    alert: { ...alert, version: 2, status: 'retracted' as const },
    changes: [],
    differences: [],
  }
  const content = retractionContent(withMeanwhile(asked, changed, {}), config, [], () => {})
  const view = deliberateView('retract', { ...newDeliberate(), isTicked: true }, content, acts)
  expect(found(view, 'retract-changed')?.text).toContain('It is retracted already')
  expect([found(view, 'retract-send')?.props.disabled, found(view, 'retract-cancel')?.props.disabled]).toEqual([
    true,
    false,
  ])
})
