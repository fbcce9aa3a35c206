import { expect, test } from 'vitest'
import type { Delivery } from '../../../../../src/desk/delivery-schema.ts'
import { english } from '../../../../../src/locales/locales.ts'
import { setDeskWords } from '../../../../../src/web/desk/state/desk-words.ts'
import { deliveriesView } from '../../../../../src/web/desk/view/service/delivery-view.ts'
import { textOfView } from '../view-elements.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const at = '2026-03-01T12:00:00.000Z'
const delivery = {
  ...{ seq: 1, due: 10, accepted: 9, gone: 0, failed: 1, waiting: 0, stopped: 0, startedAt: at, finishedAt: at },
  percentiles: { p50: 1.5, p90: 4, p99: 12.25 },
}
const said = (...deliveries: object[]) => textOfView(deliveriesView(deliveries as unknown as Delivery[]))

test('how fast it went and whom it reached are said', () => {
  const all = said({ ...delivery, streams: { byLanguage: { en: 1_200 }, atLeast: false } })
  expect(all).toContain(
    'Done: 9 of 10 accepted, 1 failed. Accepted: 50% within 1.5 s, 90% within 4 s, 99% within 12.25 s.',
  )
  expect(all).toContain('Written to 1,200 open pages and programs.')
  const two = said({ ...delivery, streams: { byLanguage: { en: 1, '*': 2 }, atLeast: true } })
  expect(two).toContain('at least 3 open pages and programs (en 1, all languages 2).')
})

test('each change is told by its kind and whose it was', () => {
  const changes = [
    { ...delivery, kind: 'alert', by: 'Ada' },
    { ...delivery, seq: 2, kind: 'correction', by: null },
    { ...delivery, seq: 3, kind: 'retraction', by: 'سارا' },
  ]
  const all = said(...changes)
  for (const words of ['New alert (Ada). Done', 'Correction. Done', 'Retraction (\u2068سارا\u2069). Done'])
    expect(all).toContain(words)
  expect(said(delivery, delivery), 'by an older service').toMatch(/First publication\..*Change 1\./)
})

test('a share of all pushes that is not accepted is not told as if it were', () => {
  const acceptedWithin = { p50: 2, p90: 5, p99: null }
  const shares = 'Accepted: 50% within 2 s, 90% within 5 s, 99%'
  expect(said({ ...delivery, acceptedWithin })).toContain(`${shares} never.`)
  expect(said({ ...delivery, acceptedWithin, finishedAt: null, waiting: 1 })).toContain(`${shares} not yet.`)
})

test('push services are told apart where there are several', () => {
  const service = (host: string, failed: number, waiting?: number) => ({ host, accepted: 3, gone: 0, failed, waiting })
  const services = [service('a.example', 0), service('b.example', 2, 4)]
  expect(said({ ...delivery, services })).toContain(
    'a.example: 3 acceptedb.example: 3 accepted, 4 to be sent again or under way, 2 failed',
  )
  expect(said({ ...delivery, services: services.slice(0, 1) })).not.toContain('a.example')
})

test('languages are told apart where there are several', () => {
  const language = (language: string, waiting: number) => ({
    language,
    due: 5,
    accepted: 3,
    gone: 0,
    failed: 1,
    waiting,
  })
  const languages = [language('fa', 1), language('*', 0)]
  expect(said({ ...delivery, languages })).toContain(
    'fa: 3 of 5 accepted, 1 waiting, 1 failedall languages: 3 of 5 accepted, 1 failed',
  )
  expect(said({ ...delivery, languages: languages.slice(0, 1) })).not.toContain('3 of 5')
})

test('what is not known is said to be unknown', () => {
  expect(said({ ...delivery, percentiles: null })).toContain('How fast is unknown.')
  expect(said({ ...delivery, percentiles: null, accepted: 0 })).not.toContain('How fast')
  for (const streams of [undefined, null])
    expect(said({ ...delivery, streams })).toContain('How many open pages it reached is unknown.')
  expect(textOfView(deliveriesView(null))).toContain('unknown: no answer')
  expect(said()).toBe('Nothing was pushed for this alert.')
})
