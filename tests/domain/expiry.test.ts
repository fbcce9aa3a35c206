import { describe, expect, test } from 'vitest'
import type { Alert, Kind, Level } from '../../src/domain/alert-types.ts'
import { applyChange } from '../../src/domain/change.ts'
import { refusalOf } from '../support/refusal.ts'
import { alertOf, newAlert, noon } from '../support/samples.ts'

// Spans that never coincide, and none a multiple of another.
const expirySeconds = { flash: 1_700, urgent: 6_100, routine: 50_300 }
const time = (minutes: number, ms = 0) => new Date(Date.parse(noon) + minutes * 60_000 + ms).toISOString()
const plus = (at: string, seconds: number) => new Date(Date.parse(at) + seconds * 1_000).toISOString()
let said = 0

function made(level: Level, expiresAt?: string): Alert {
  const change = newAlert('a', { level, ...(expiresAt === undefined ? {} : { expiresAt }) })
  return applyChange({ ...change, expirySeconds }, null)
}

/** The expiry after a change that says something new each time. */
function revised(latest: Alert, kind: Exclude<Kind, 'alert'>, at: string, more: object = {}, seconds = expirySeconds) {
  said += 1
  const revision = kind === 'retraction' ? { note: { en: `${said}` } } : { note: { en: `${said}` }, ...more }
  return applyChange({ kind, id: 'a', revision, at, by: 'e', expirySeconds: seconds }, latest)
}

describe('an expiry that an editor gave', () => {
  test.each<[string, Level, string]>([
    ['sooner than the usual', 'urgent', time(30)],
    ['later than the usual', 'urgent', time(60 * 24 * 3)],
    ['a millisecond beside the usual', 'urgent', plus(noon, 6_100.001)],
    ['a millisecond before the usual', 'flash', plus(noon, 1_699.999)],
    ['of a routine alert', 'routine', time(45)],
  ])('(%s) stays through update after update while it lies ahead', (_, level, expiresAt) => {
    let alert = made(level, expiresAt)
    for (const minute of [5, 10, 20]) {
      alert = revised(alert, 'update', time(minute))
      expect([minute, alert.expiresAt]).toEqual([minute, expiresAt])
    }
    expect(revised(alert, 'update', time(22), { topics: [] }).expiresAt).toBe(expiresAt)
  })

  test('stays when the level rises, and is replaced by a newly given one', () => {
    const alert = made('urgent', time(30))
    expect(revised(alert, 'update', time(5), { level: 'flash' }).expiresAt).toBe(time(30))
    const anew = revised(alert, 'update', time(5), { expiresAt: time(40) })
    expect(anew.expiresAt).toBe(time(40))
    expect(revised(anew, 'update', time(39)).expiresAt).toBe(time(40))
  })

  test.each([
    ['a millisecond before it', time(30, -1), time(30)],
    ['at it', time(30), plus(time(30), 6_100)],
    ['long after it', time(300), plus(time(300), 6_100)],
  ])('has its end: an update %s', (_, at, expiresAt) => {
    expect(revised(made('urgent', time(30)), 'update', at).expiresAt).toBe(expiresAt)
  })

  test.each(['correction', 'retraction'] as const)('is not what a %s is cut short by', (kind) => {
    const soon = made('urgent', time(10))
    expect(revised(soon, kind, time(5)).expiresAt).toBe(plus(time(5), 6_100))
    const late = made('urgent', time(60 * 24 * 3))
    expect(revised(late, kind, time(5)).expiresAt).toBe(time(60 * 24 * 3))
  })
})

describe('an expiry that nobody gave', () => {
  test.each<[Level, Exclude<Kind, 'alert'>]>([
    ['flash', 'update'],
    ['urgent', 'correction'],
    ['routine', 'retraction'],
  ])('is the usual one from each change on: %s, %s', (level, kind) => {
    let alert = made(level)
    expect(alert.expiresAt).toBe(plus(noon, expirySeconds[level]))
    for (const at of [time(7), time(13)].slice(0, kind === 'retraction' ? 1 : 2)) {
      alert = revised(alert, kind, at)
      expect(alert.expiresAt).toBe(plus(at, expirySeconds[level]))
    }
  })

  test('is never shortened by a raised level, and moves on with each later change', () => {
    const raised = revised(made('urgent'), 'update', time(9), { level: 'flash' })
    expect(raised.expiresAt).toBe(plus(time(9), 6_100))
    expect(revised(raised, 'update', time(90)).expiresAt).toBe(plus(time(90), 6_100))
    const lengthened = { ...expirySeconds, flash: 9_000 }
    expect(revised(made('urgent'), 'update', time(9), { level: 'flash' }, lengthened).expiresAt).toBe(
      plus(time(9), 9_000),
    )
  })

  test('after it has passed is the usual one all the same', () => {
    expect(revised(made('flash'), 'update', time(600)).expiresAt).toBe(plus(time(600), 1_700))
  })

  test('stays while it lies ahead where the newsroom has other times by now', () => {
    const other = { flash: 900, urgent: 1_900, routine: 2_900 }
    const alert = made('urgent')
    const kept = revised(alert, 'update', time(9), {}, other)
    expect(kept.expiresAt).toBe(alert.expiresAt)
    expect(revised(kept, 'update', time(200), {}, other).expiresAt).toBe(plus(time(200), 1_900))
  })

  test('counts from the time of the entry where the clock has stepped back', () => {
    const alert = revised(made('urgent'), 'update', time(-600))
    expect([alert.changedAt, alert.expiresAt]).toEqual([noon, plus(noon, 6_100)])
    expect(revised(alert, 'update', time(6)).expiresAt).toBe(plus(time(6), 6_100))
  })
})

describe('an expiry that is asked for', () => {
  const at = time(-180)
  const asking = (expiresAt: string, notBefore: string) => () =>
    applyChange({ ...newAlert('x', { expiresAt }), at }, null, notBefore)

  test.each([
    ['before the log’s newest entry', time(-1)],
    ['at the log’s newest entry', noon],
  ])('%s, which is ahead of the clock, is refused: nothing expires before it is published', (_, expiresAt) => {
    const refusal = refusalOf(asking(expiresAt, noon))
    expect([refusal.status, refusal.code]).toEqual([400, 'already-expired'])
    expect(refusal.errors.map(({ pointer }) => pointer)).toEqual(['/expiresAt'])
    expect(refusal.message).toContain(noon)
    expect(refusal.message).toContain('ahead of the clock')
    expect(asking(expiresAt, '')().expiresAt).toBe(expiresAt)
  })

  test('a millisecond after it is taken, and thirty days count from it', () => {
    expect(asking(time(0, 1), noon)()).toMatchObject({ publishedAt: noon, expiresAt: time(0, 1) })
    expect(asking(plus(noon, 30 * 86_400), noon)().publishedAt).toBe(noon)
    expect(refusalOf(asking(plus(noon, 30 * 86_400 + 0.001), noon)).code).toBe('expires-too-late')
  })

  test('is refused by an update of an alert from the future as well', () => {
    const alert = alertOf({ publishedAt: noon, changedAt: noon })
    const change = { kind: 'update' as const, id: alert.id, by: 'e', expirySeconds, at }
    expect(refusalOf(() => applyChange({ ...change, revision: { expiresAt: time(-1) } }, alert)).code).toBe(
      'already-expired',
    )
  })
})
