import { expect, test } from 'vitest'
import { parseDraft, parseRevision } from '../../../src/domain/alert.ts'
import type { Kind, StoredAlert } from '../../../src/domain/alert-types.ts'
import { applyChange } from '../../../src/domain/change.ts'
import {
  correctionTold,
  correctionToldMs,
  isFirstSince,
  lastCorrected,
} from '../../../src/domain/rendering/last-correction.ts'
import { newsroom } from '../../support/push/push-deps.ts'

const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const id = '01932f6e-0000-7000-8000-000000000001'
const draft = {
  level: 'routine',
  texts: { en: { headline: 'Three dead', summary: 'In the valley.' }, fa: { headline: 'سه کشته' } },
}
const wrong = { note: { en: 'It was two, not three.' }, texts: { en: { headline: 'Two dead' } } }
const news = (headline: string) => ({ texts: { en: { headline } } })

type Step = readonly [kind: Exclude<Kind, 'alert'>, input: unknown, afterMs?: number]

/** The alert after these changes, each a minute after the one before unless it says otherwise. */
function after(...steps: readonly Step[]): StoredAlert {
  let ms = startMs
  const made = () => ({ id, by: 'e1', at: new Date(ms).toISOString(), expirySeconds: newsroom.expirySeconds })
  let alert = applyChange({ kind: 'alert', draft: parseDraft(draft, newsroom), ...made() }, null)
  for (const [kind, input, afterMs = 60_000] of steps) {
    ms += afterMs
    alert = applyChange({ kind, revision: parseRevision(kind, input, newsroom, alert), ...made() }, alert)
  }
  return alert
}

test('updates keep the correction before them, as it was said; the next correction and a retraction end that', () => {
  const corrected = {
    version: 2,
    changedAt: '2026-03-01T12:01:00.000Z',
    note: 'It was two, not three.',
    text: { headline: 'Two dead', summary: 'In the valley.' },
  }
  expect(after(['correction', wrong]).lastCorrections).toBeUndefined()
  const updated = after(['correction', wrong], ['update', news('Two dead, ten hurt')])
  expect(updated.lastCorrections).toEqual({ en: corrected })
  const again = after(['correction', wrong], ['update', news('Ten hurt')], ['update', news('Twelve hurt')])
  expect(again.lastCorrections).toEqual({ en: corrected })
  const second = { note: { en: 'It was one.' } }
  const more = ['update', news('Ten hurt')] as const
  expect(after(['correction', wrong], more, ['correction', second])).not.toHaveProperty('lastCorrections')
  expect(after(['correction', wrong], more, ['retraction', second])).not.toHaveProperty('lastCorrections')
  expect(after(['correction', wrong], more, ['correction', second], ['update', news('Eleven hurt')])).toMatchObject({
    lastCorrections: { en: { version: 4, note: 'It was one.', text: { headline: 'Ten hurt' } } },
  })
})

test('each language has its own: what says nothing in one leaves it as it is there', () => {
  const persian = { texts: { fa: { headline: 'ده زخمی' } } }
  const elsewhere = after(['correction', wrong], ['update', persian])
  expect(elsewhere.lastCorrections).toBeUndefined()
  // Then its correction stood until the version before the update that touches it.
  const touched = after(['correction', wrong], ['update', persian], ['update', news('Ten hurt')])
  expect(touched.lastCorrections).toMatchObject({ en: { version: 3, changedAt: '2026-03-01T12:01:00.000Z' } })
  expect(touched.lastCorrections).not.toHaveProperty('fa')
  const kept = after(['correction', wrong], ['update', news('Ten hurt')], ['correction', { note: { fa: 'دو نفر.' } }])
  expect(kept.lastCorrections).toMatchObject({ en: { version: 2 } })
  // An update of the level is told in every language.
  expect(after(['correction', wrong], ['update', { level: 'flash' }]).lastCorrections).toHaveProperty('en')
})

test('an alert is given as its correction left it, in that language alone', () => {
  const updated = after(['correction', wrong], ['update', news('Two dead, ten hurt')])
  const { fa: _, ...english } = after(['correction', wrong]).texts
  expect(lastCorrected(updated, 'en')).toMatchObject({
    ...{ version: 2, status: 'corrected', changedAt: '2026-03-01T12:01:00.000Z' },
    ...{ texts: english, note: { en: 'It was two, not three.' } },
  })
  expect(lastCorrected(updated, 'en')).not.toHaveProperty('lastCorrections')
  expect([lastCorrected(updated, 'fa'), lastCorrected(updated, 'toString')]).toEqual([null, null])
})

test.each([
  [correctionToldMs - 1, true],
  [correctionToldMs, false],
])('an update %i ms after a correction says it: %s', (afterMs, isTold) => {
  const alert = after(['correction', wrong], ['update', news('Ten hurt'), afterMs])
  expect(correctionTold(alert, 'en') !== null).toBe(isTold)
})

test('the first update since a correction is that, and no later one', () => {
  const isFirst = (alert: StoredAlert) => {
    const told = correctionTold(alert, 'en')
    return told !== null && isFirstSince(told, alert)
  }
  expect(isFirst(after(['correction', wrong], ['update', news('Ten hurt')]))).toBe(true)
  expect(isFirst(after(['correction', wrong], ['update', news('Ten hurt')], ['update', news('Twelve')]))).toBe(false)
  expect(
    isFirst(after(['correction', wrong], ['update', { texts: { fa: { headline: 'ده' } } }], ['update', news('Ten')])),
  ).toBe(true)
})
