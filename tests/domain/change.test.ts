import fc from 'fast-check'
import { expect, test } from 'vitest'
import { levels } from '../../src/domain/alert-types.ts'
import { applyChange, type Change, intention } from '../../src/domain/change.ts'
import { matches } from '../../src/domain/interest.ts'
import { runs } from '../support/effort.ts'
import { alertOf, newAlert, noon, retraction, someAlert, someInterest } from '../support/samples.ts'

const later = '2026-03-01T20:00:00.000Z'
const id = alertOf().id

function revision(kind: 'update' | 'correction', revised: object): Change {
  return {
    kind,
    id,
    revision: revised,
    at: later,
    by: 'e',
    expirySeconds: { flash: 3_600, urgent: 3_600, routine: 3_600 },
  }
}

test('a new alert is version 1, live, and expires after its usual time', () => {
  expect(applyChange(newAlert(id), null)).toMatchObject({
    version: 1,
    status: 'live',
    publishedAt: noon,
    changedAt: noon,
    expiresAt: '2026-03-01T13:00:00.000Z',
  })
})

test('a correction keeps what it does not name and takes what it does', () => {
  const before = alertOf()
  const texts = { fa: { headline: 'تیتر درست', summary: '' } }
  const after = applyChange(revision('correction', { texts, note: { fa: 'نام' } }), before)
  expect(after).toMatchObject({ version: 2, status: 'corrected', note: { fa: 'نام' }, changedAt: later })
  expect(after.texts).toEqual({ ...before.texts, ...texts })
  expect(after.publishedAt).toBe(before.publishedAt)
})

test('a note belongs to its change and does not outlive it', () => {
  const corrected = applyChange(revision('correction', { note: { en: 'x' } }), alertOf())
  expect(applyChange(revision('update', { level: 'flash' }), corrected).note).toBeUndefined()
})

test('a retraction after the expiry gets time of its own to arrive', () => {
  const after = applyChange(retraction(id, later), alertOf({ expiresAt: '2026-03-01T13:00:00.000Z' }))
  expect(after).toMatchObject({ status: 'retracted', expiresAt: '2026-03-01T21:00:00.000Z' })
})

test.each([
  ['an alert that is there', newAlert(id), alertOf(), 'alert-exists'],
  ['a change to none', retraction(id), null, 'no-such-alert'],
  ['a second retraction', retraction(id), alertOf({ status: 'retracted' }), 'alert-retracted'],
  [
    'an update of one that is retracted',
    revision('update', { level: 'flash' }),
    alertOf({ status: 'retracted' }),
    'alert-retracted',
  ],
  [
    'a correction on a version before the retraction',
    revision('correction', { version: 1, note: { en: 'x' } }),
    alertOf({ status: 'retracted', version: 2 }),
    'alert-retracted',
  ],
  [
    'a retraction on a version before the retraction',
    { ...retraction(id), expected: [1] },
    alertOf({ status: 'retracted', version: 2 }),
    'alert-retracted',
  ],
  [
    'a correction on a version before an update',
    revision('correction', { version: 1, note: { en: 'x' } }),
    alertOf({ version: 2 }),
    'alert-changed',
  ],
  ['a lower level', revision('update', { level: 'routine' }), alertOf(), 'level-lowered'],
  [
    'fewer topics',
    revision('update', { topics: ['iran'] }),
    alertOf({ topics: ['iran', 'russia'] }),
    'topics-narrowed',
  ],
  ['topics where all were reached', revision('update', { topics: ['iran'] }), alertOf(), 'topics-narrowed'],
  ['an expiry that has passed', revision('update', { expiresAt: noon }), alertOf(), 'already-expired'],
])('%s is refused', (_, change, latest, code) => {
  expect(() => applyChange(change, latest)).toThrow(expect.objectContaining({ code }))
})

test('a reader who was sent an alert is sent every accepted change of it', () => {
  fc.assert(
    fc.property(someAlert, someAlert, someInterest, (first, second, interest) => {
      const before = alertOf(first)
      const { audience: _, ...revised } = second
      let after = before
      try {
        after = applyChange(revision('update', revised), before)
      } catch {
        return
      }
      if (matches(interest, before) !== null) expect(matches(interest, after)).not.toBeNull()
      expect(levels.indexOf(after.level)).toBeLessThanOrEqual(levels.indexOf(before.level))
    }),
    { numRuns: runs(1_000) },
  )
})

test('the same intention is the same whatever the order of keys, the time, the id of a new alert and who asks', () => {
  const one = newAlert('a')
  const two = newAlert(
    'b',
    { texts: { fa: { summary: '', headline: 'یک تیتر' }, en: { summary: 'A summary.', headline: 'A headline' } } },
    later,
  )
  expect(intention(one)).toBe(intention({ ...two, by: 'other' }))
  expect(intention(one)).not.toBe(intention(newAlert('a', { level: 'flash' })))
  expect(intention(retraction('a'))).not.toBe(intention(retraction('b')))
})
