import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterSkip, localTimeOf, momentOf, momentsOf } from '../../../../src/web/desk/state/local-time.ts'

const iso = (moments: readonly number[] | null) => moments?.map((at) => new Date(at).toISOString())

test.each([
  ['an ordinary hour', '2026-11-27T15:00', 'Asia/Tehran', ['2026-11-27T11:30:00.000Z']],
  ['UTC', '2026-11-27T15:00', 'UTC', ['2026-11-27T15:00:00.000Z']],
  ['a zone ahead by 14 hours', '2026-01-01T00:30', 'Pacific/Kiritimati', ['2025-12-31T10:30:00.000Z']],
  ['an hour that a clock change skips', '2026-03-29T02:30', 'Europe/Prague', []],
  [
    'an hour that a clock change repeats',
    '2026-10-25T02:30',
    'Europe/Prague',
    ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'],
  ],
  [
    'half an hour repeated',
    '2026-04-05T01:45',
    'Australia/Lord_Howe',
    ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z'],
  ],
  ['the hour that New York skips', '2026-03-08T02:30', 'America/New_York', []],
  [
    'the hour that New York repeats',
    '2026-11-01T01:30',
    'America/New_York',
    ['2026-11-01T05:30:00.000Z', '2026-11-01T06:30:00.000Z'],
  ],
  ['half an hour skipped', '2026-10-04T02:15', 'Australia/Lord_Howe', []],
  ['the hour that Casablanca skips after Ramadan', '2026-03-22T02:30', 'Africa/Casablanca', []],
  [
    'the hour that Casablanca repeats before Ramadan',
    '2026-02-15T02:30',
    'Africa/Casablanca',
    ['2026-02-15T01:30:00.000Z', '2026-02-15T02:30:00.000Z'],
  ],
  ['the last hour that Tehran skipped', '2022-03-22T00:30', 'Asia/Tehran', []],
  [
    'the last hour that Tehran repeated',
    '2022-09-21T23:30',
    'Asia/Tehran',
    ['2022-09-21T19:00:00.000Z', '2022-09-21T20:00:00.000Z'],
  ],
  [
    'the same night since, when Tehran changes no clock',
    '2027-03-22T00:30',
    'Asia/Tehran',
    ['2027-03-21T21:00:00.000Z'],
  ],
  ['a day that was skipped whole', '2011-12-30T12:00', 'Pacific/Apia', []],
])('%s is the moments at which the clocks show it', (_, local, zone, moments) => {
  expect(iso(momentsOf(local, zone))).toEqual(moments)
})

test('no time and no zone are no moment', () => {
  expect(momentsOf('', 'UTC')).toBeNull()
  expect(momentsOf('2026-13-01T00:00', 'UTC')).toBeNull()
  expect(momentsOf('2026-11-27T15:00', 'Mars/Olympus')).toBeNull()
})

test('an hour that is skipped or repeated is not guessed', () => {
  const at = (local: string, side: 'first' | 'second' | '' = '') => momentOf({ local, zone: 'Europe/Prague', side })
  expect(at('2026-03-29T02:30')).toEqual({ state: 'skipped' })
  expect(at('2026-10-25T02:30')).toEqual({ state: 'twice' })
  expect(at('2026-10-25T02:30', 'first')).toEqual({ state: 'one', at: '2026-10-25T00:30:00.000Z' })
  expect(at('2026-10-25T02:30', 'second')).toEqual({ state: 'one', at: '2026-10-25T01:30:00.000Z' })
  expect(at('')).toEqual({ state: 'empty' })
  expect(afterSkip('2026-03-29T02:30', 'Europe/Prague')).toBe('2026-03-29T03:00')
})

test.each([
  ['2026-03-08T02:30', 'America/New_York', '2026-03-08T03:00'],
  ['2026-10-04T02:15', 'Australia/Lord_Howe', '2026-10-04T02:30'],
  ['2026-03-22T02:30', 'Africa/Casablanca', '2026-03-22T03:00'],
  ['2022-03-22T00:30', 'Asia/Tehran', '2022-03-22T01:00'],
])('in place of %s in %s, the first moment after it is offered', (local, zone, after) => {
  expect(momentOf({ local, zone, side: '' })).toEqual({ state: 'skipped' })
  expect(afterSkip(local, zone)).toBe(after)
})

test('a moment that is shown in a zone and read again is the same moment', () => {
  const zones = [
    'Asia/Tehran',
    'Europe/Prague',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/St_Johns',
    'UTC',
    'Africa/Casablanca',
  ]
  const minute = fc.integer({ min: Date.UTC(2025, 0) / 60_000, max: Date.UTC(2028, 0) / 60_000 })
  fc.assert(
    fc.property(minute, fc.constantFrom(...zones), (minutes, zone) => {
      const at = new Date(minutes * 60_000).toISOString()
      expect(momentOf(localTimeOf(at, zone))).toEqual({ state: 'one', at })
    }),
  )
})
