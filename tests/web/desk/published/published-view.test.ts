import { expect, test } from 'vitest'
import type { Alert } from '../../../../src/domain/alert-types.ts'
import { english } from '../../../../src/locales/locales.ts'
import type { PublishedState } from '../../../../src/web/desk/published/published-state.ts'
import { publishedView } from '../../../../src/web/desk/published/published-view.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { elementsOf, textOfView } from '../view/view-elements.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const at = '2026-03-01T12:00:00.000Z'
const alertOf = (changed: Partial<Alert>): Alert => ({
  ...{ id: 'a', version: 1, level: 'urgent', audience: 'public', status: 'live', topics: [] },
  ...{ publishedAt: at, changedAt: at, expiresAt: at, texts: { fa: { headline: 'پل بسته شد', summary: '' } } },
  ...changed,
})
const acts = { refresh: () => {}, act: () => {}, look: () => {} }
const viewOf = (changed: Partial<PublishedState>) =>
  publishedView({ role: 'editor', alerts: [], watched: {}, now: Date.parse(at) + 60_000, ...changed }, acts)
const buttonsOf = (view: ReturnType<typeof viewOf>) =>
  elementsOf(view).flatMap(({ props }) => (props['data-act'] === undefined || props.hidden ? [] : [props['data-act']]))

test('an alert links to its page in its language, and a test alert, which has none, does not', () => {
  const live = viewOf({ alerts: [alertOf({})] })
  expect(elementsOf(live).find(({ tag }) => tag === 'a')?.props).toMatchObject({ href: '/fa/alerts/a' })
  expect(textOfView(live)).toMatch(/Urgent 1 minute ago fa/)
  const drill = viewOf({ alerts: [alertOf({ audience: 'test' })] })
  expect([elementsOf(drill).some(({ tag }) => tag === 'a'), textOfView(drill).includes('TEST')]).toEqual([false, true])
})

test('buttons that are not allowed are there and hidden, so that none becomes another under a finger', () => {
  expect(buttonsOf(viewOf({ alerts: [alertOf({})] }))).toEqual(['correct', 'update', 'stop', 'retract'])
  const retracted = viewOf({ alerts: [alertOf({ status: 'retracted' })] })
  expect(buttonsOf(retracted)).toEqual([])
  expect(elementsOf(retracted).filter(({ props }) => props['data-act'] !== undefined)).toHaveLength(4)
  expect(buttonsOf(viewOf({ alerts: [alertOf({})], role: 'writer' }))).toEqual(['correct', 'update'])
})

test('nothing published is said only once it was read', () => {
  const says = (alerts: PublishedState['alerts']) =>
    textOfView(viewOf({ alerts })).includes('Nothing has been published')
  expect([says(null), says([]), says([alertOf({})])]).toEqual([false, true, false])
})

test('deliveries are shown of the alerts that are looked at', () => {
  const details = (watched: PublishedState['watched']) =>
    elementsOf(viewOf({ alerts: [alertOf({})], watched })).find(({ tag }) => tag === 'details')
  expect(details({})?.props.open).toBe(false)
  expect(details({ a: 'asking' })).toMatchObject({ props: { open: true }, text: expect.stringContaining('Asking…') })
  expect(details({ a: null })?.text).toContain('How it went is unknown')
})
