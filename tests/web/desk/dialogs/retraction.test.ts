import { expect, test } from 'vitest'
import type { Alert } from '../../../../src/domain/alert-types.ts'
import {
  isOver,
  newRetraction,
  noteSent,
  withMeanwhile,
  wordless,
} from '../../../../src/web/desk/dialogs/retraction.ts'

const at = '2026-03-01T12:00:00.000Z'
const alertIn = (tags: readonly string[], changed: Partial<Alert> = {}): Alert => ({
  ...{ id: 'a', version: 1, level: 'urgent', audience: 'public', status: 'live', topics: [] },
  ...{ publishedAt: at, changedAt: at, expiresAt: at },
  texts: Object.fromEntries(tags.map((tag) => [tag, { headline: tag, summary: '' }])),
  ...changed,
})
const usual = { en: 'It was wrong.' }
const begun = { key: 'k', note: {} }

test('the note is prefilled where there is a usual one; readers of the others are not told why', () => {
  const retraction = newRetraction(alertIn(['en', 'ps']), begun, usual, '')
  expect(retraction.note).toEqual({ en: 'It was wrong.', ps: '' })
  expect([wordless(retraction), noteSent(retraction)]).toEqual([['ps'], { en: 'It was wrong.' }])
})

test('what was begun comes back, an emptied note too, under the same key', () => {
  const again = newRetraction(alertIn(['en', 'fa']), { key: 'k', note: { en: '', fa: ' نادرست بود ' } }, usual, '')
  expect([again.key, again.note.en, wordless(again), noteSent(again)]).toEqual(['k', '', ['en'], { fa: 'نادرست بود' }])
})

test('a change meanwhile adds its languages, keeps what was written, and is what is retracted next', () => {
  const before = newRetraction(alertIn(['en']), { key: 'k', note: { en: 'Mine.' } }, usual, '')
  const alert = alertIn(['en', 'ps'], { version: 2 })
  const after = withMeanwhile(before, { version: 2, alert, changes: [], differences: [] }, usual)
  expect([after.note, after.alert.version, after.key, isOver(after)]).toEqual([{ en: 'Mine.', ps: '' }, 2, 'k', false])
  const retracted = { ...alert, status: 'retracted' as const }
  expect(isOver(withMeanwhile(before, { version: 3, alert: retracted, changes: [], differences: [] }, usual))).toBe(
    true,
  )
})
