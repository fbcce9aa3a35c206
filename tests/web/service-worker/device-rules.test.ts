import * as fc from 'fast-check'
import { afterEach, describe, expect, it, test } from 'vitest'
import {
  type DeviceState,
  dayOf,
  disguised,
  isQuiet,
  type Sounded,
  soundedOf,
  soundOf,
} from '../../../src/web/service-worker/device-rules.ts'
import { notificationOf, type Seen } from '../../../src/web/service-worker/notification.ts'
import { type DeviceChoices, deviceChoicesOf } from '../../../src/web/shared/device/device-choices.ts'

const push = (id: string, version = 1, level = 'urgent', kind = 'alert') => ({
  notification: {
    ...{ title: `${id} v${version}`, body: 'b', navigate: `/fa/alerts/${id}`, lang: 'fa', dir: 'rtl', tag: id },
    ...{ silent: level === 'routine', data: { id, version, kind, level } },
  },
})

/** A device with choices that shows pushes one after the other, each at a time of its clock. */
function device(choices: Partial<DeviceChoices>) {
  let seen: Seen = []
  let sounded: Sounded = { day: '', ids: [] }
  const all = { ...deviceChoicesOf(null), ...choices }
  return (payload: unknown, now: Date, mutedOn: unknown = undefined) => {
    const state: DeviceState = { sounded: soundedOf(sounded, now), mutedOn, now }
    const next = notificationOf(payload, seen, (show, occasion) => {
      const result = soundOf(show, occasion, all, state)
      sounded = result.sounded
      return result.show
    })
    seen = next.seen
    return next.show
  }
}

const at = (time: string, day = '2026-03-01') => new Date(`${day}T${time}`)
const zone = process.env.TZ
afterEach(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

const minutes = fc.integer({ min: 0, max: 1_439 })
const clock = (minute: number) =>
  [Math.floor(minute / 60), minute % 60].map((it) => String(it).padStart(2, '0')).join(':')

describe('quiet hours', () => {
  it.each([
    ['22:30', '07:00', '22:29', false],
    ['22:30', '07:00', '22:30', true],
    ['22:30', '07:00', '00:00', true],
    ['22:30', '07:00', '06:59', true],
    ['22:30', '07:00', '07:00', false],
    ['13:00', '14:00', '13:59', true],
    ['13:00', '14:00', '14:00', false],
    ['08:00', '08:00', '08:00', false],
    ['00:00', '23:59', '23:58', true],
  ])('from %s until %s: at %s they are on: %s', (quietFrom, quietTo, time, quiet) =>
    expect(isQuiet({ quietFrom, quietTo }, at(time))).toBe(quiet),
  )

  it('are off without choices', () => expect(isQuiet(deviceChoicesOf(null), at('03:00'))).toBe(false))

  it('last as long as their times say, whatever those are', () => {
    fc.assert(
      fc.property(minutes, minutes, (from, to) => {
        const hours = { quietFrom: clock(from), quietTo: clock(to) }
        const quiet = Array.from({ length: 1_440 }, (_, minute) => isQuiet(hours, at(clock(minute)))).filter(Boolean)
        expect(quiet.length).toBe((to - from + 1_440) % 1_440)
      }),
      { numRuns: 20 },
    )
  })

  it.each([
    ['Europe/Berlin', '2026-03-29'],
    ['Europe/Berlin', '2026-10-25'],
    ['America/New_York', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-04-05'],
    ['Asia/Tehran', '2022-03-22'],
    ['Asia/Kathmandu', '2026-06-01'],
  ])('go by the clock on the wall in %s, also on %s, when it is put forward or back', (place, day) => {
    process.env.TZ = place
    const quietFrom = '22:00'
    const quietTo = '06:00'
    const start = new Date(`${day}T00:00`).getTime() - 86_400_000
    for (let minute = 0; minute < 3 * 1_440; minute += 7) {
      const now = new Date(start + minute * 60_000)
      const hour = Number(
        new Intl.DateTimeFormat('en', { timeZone: place, hour: 'numeric', hourCycle: 'h23' }).format(now),
      )
      expect([now.toISOString(), isQuiet({ quietFrom, quietTo }, now)]).toEqual([
        now.toISOString(),
        hour >= 22 || hour < 6,
      ])
    }
  })

  it('make an alert silent; a flash passes unless the reader says otherwise', () => {
    const quiet = { quietFrom: '22:00', quietTo: '07:00' }
    expect(device(quiet)(push('a'), at('23:00'))).toMatchObject({ title: 'a v1', silent: true, renotify: false })
    expect(device(quiet)(push('a', 1, 'flash'), at('23:00')).silent).toBe(false)
    expect(device({ ...quiet, flashPasses: false })(push('a', 1, 'flash'), at('23:00')).silent).toBe(true)
    expect(device(quiet)(push('a'), at('12:00')).silent).toBe(false)
  })

  it('make a correction and a retraction silent too, and what comes in the morning is heard', () => {
    const show = device({ quietFrom: '22:00', quietTo: '07:00' })
    for (const [version, kind] of [
      [1, 'alert'],
      [2, 'correction'],
      [3, 'retraction'],
    ] as const)
      expect(show(push('a', version, 'urgent', kind), at('23:00')).silent).toBe(true)
    expect(show(push('b'), at('23:30')).silent).toBe(true)
    expect(show(push('b', 2, 'urgent', 'update'), at('08:00', '2026-03-02'))).toMatchObject({
      silent: false,
      renotify: true,
    })
    expect(show(push('b', 3, 'urgent', 'update'), at('09:00', '2026-03-02')).renotify, 'one sound is enough').toBe(
      false,
    )
  })
})

describe('a day’s maximum', () => {
  it('lets so many alerts be heard, and what they say later; the rest is shown silently until midnight', () => {
    const show = device({ dailyMax: 2 })
    const heard = (id: string, version = 1, kind = 'alert', time = '12:00', day = '2026-03-01') =>
      !show(push(id, version, 'urgent', kind), at(time, day)).silent
    expect([heard('a'), heard('b'), heard('c')]).toEqual([true, true, false])
    expect([heard('a', 2, 'correction'), heard('c', 2, 'correction')]).toEqual([true, false])
    expect(heard('d', 1, 'alert', '23:59')).toBe(false)
    expect(heard('e', 1, 'alert', '00:00', '2026-03-02')).toBe(true)
    // What was heard yesterday is put right aloud, and does not count.
    expect(heard('b', 2, 'retraction', '00:01', '2026-03-02')).toBe(true)
    expect([heard('f', 1, 'alert', '00:02', '2026-03-02'), heard('g', 1, 'alert', '00:03', '2026-03-02')]).toEqual([
      true,
      false,
    ])
  })

  it('of none silences everything but a flash, which passes if the reader says so', () => {
    expect(device({ dailyMax: 0 })(push('a'), at('12:00')).silent).toBe(true)
    expect(device({ dailyMax: 0 })(push('a', 1, 'flash'), at('12:00')).silent).toBe(false)
    expect(device({ dailyMax: 0, flashPasses: false })(push('a', 1, 'flash'), at('12:00')).silent).toBe(true)
  })

  it('does not count a test, nor what has no sound anyway', () => {
    const show = device({ dailyMax: 1 })
    show({ notification: { title: 'Test', tag: 'test', data: { kind: 'test' } } }, at('12:00'))
    show(push('quiet', 1, 'routine'), at('12:00'))
    expect([show(push('a'), at('12:00')).silent, show(push('b'), at('12:00')).silent]).toEqual([false, true])
  })

  const steps = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      version: fc.integer({ min: 1, max: 4 }),
      level: fc.constantFrom('flash', 'urgent', 'routine'),
      kind: fc.constantFrom('alert', 'update', 'correction', 'retraction'),
      // Clocks jump: to another day, back and forth.
      minute: fc.integer({ min: 0, max: 5 * 1_440 }),
    }),
    { maxLength: 60 },
  )
  const random = fc.record({
    quietFrom: fc.option(minutes.map(clock)),
    quietTo: fc.option(minutes.map(clock)),
    flashPasses: fc.boolean(),
    dailyMax: fc.option(fc.integer({ min: 0, max: 3 })),
  })

  test('holds for any schedule of alerts and any clock, and something is always shown', () => {
    fc.assert(
      fc.property(random, steps, fc.boolean(), (wanted, schedule, isSteady) => {
        const choices = deviceChoicesOf(wanted)
        const show = device(choices)
        const heardOn = new Map<string, Set<string>>()
        const everHeard = new Set<string>()
        const times = schedule.map((it) => it.minute)
        if (isSteady) times.sort((one, other) => one - other)
        for (const [nth, { id, version, level, kind }] of schedule.entries()) {
          const now = new Date(2026, 2, 1, 0, times[nth] ?? 0)
          const { title, silent, renotify } = show(push(id, version, level, kind), now)
          expect(title).not.toBe('')
          expect(silent && renotify).toBe(false)
          if (silent) continue
          const passes = level === 'flash' && choices.flashPasses
          expect(passes || !isQuiet(choices, now)).toBe(true)
          const day = heardOn.get(dayOf(now)) ?? new Set()
          if (!passes && !everHeard.has(id)) heardOn.set(dayOf(now), day.add(id))
          everHeard.add(id)
          // A clock that goes back to another day begins that day's count again: rather a sound too many.
          if (isSteady && choices.dailyMax !== null) expect(day.size).toBeLessThanOrEqual(choices.dailyMax)
        }
      }),
    )
  })
})

test('a day without sounds ends with the day; a flash passes', () => {
  const show = device({})
  expect(show(push('a'), at('12:00'), '2026-03-01').silent).toBe(true)
  expect(show(push('f', 1, 'flash'), at('12:00'), '2026-03-01').silent).toBe(false)
  expect(show(push('b'), at('00:00', '2026-03-02'), '2026-03-01').silent).toBe(false)
})

test.each([
  [undefined],
  [null],
  ['x'],
  [{}],
  [{ day: '2026-02-28', ids: ['a'] }],
  [{ day: '2026-03-01' }],
  [{ day: '2026-03-01', ids: [7] }],
])('%j is a day on which nothing was heard', (stored) =>
  expect(soundedOf(stored, at('12:00'))).toEqual({ day: '2026-03-01', ids: [] }),
)

describe('a discreet notification', () => {
  const { show } = notificationOf(push('01932f6e-0000-7000-8000-000000000001', 2), [])
  let made = 0
  const random = () => `r${++made}`

  it('has nothing of the alert in what is seen of it', () => {
    const hidden = disguised(show, null, 'یک مورد تازه', random)
    expect(hidden).toMatchObject({ title: 'یک مورد تازه', body: '', lang: '', dir: 'auto', tag: 'n-r1' })
    const { data, ...seen } = hidden
    expect(JSON.stringify(seen)).not.toMatch(/01932f6e|"fa"|v2/)
    expect(data.navigate).toBe('/fa/alerts/01932f6e-0000-7000-8000-000000000001')
  })

  it('takes the place of the one before; without words it has neutral ones', () => {
    const first = disguised(show, null, '', random)
    expect(first.title).toBe('One new item')
    expect(disguised(show, first, '', random).tag).toBe(first.tag)
    expect(disguised(first, first, '', random)).toEqual(first)
    // Before it was chosen, the tag was the alert's.
    expect(disguised(show, show, '', random).tag).toMatch(/^n-r\d+$/)
  })
})
