import { expect, test } from 'vitest'
import { type Alarm, Alarms, joinedAlarms, PushAlarm } from '../../../src/push/outbox/alarms.ts'

const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const hourMs = 3_600_000

function setUp() {
  const clock = { ms: startMs }
  return { clock, alarms: new Alarms(() => clock.ms) }
}

test('the same service and reason is one alarm, logged once an hour, with the time of its last raising', () => {
  const { clock, alarms } = setUp()
  const alarm = new PushAlarm('ours', 'fcm.googleapis.com', 'response 400 (invalid-request)')
  expect(alarms.raise(alarm)).toBe(true)
  // Another thread raises the same in between; that must not delay the next log line.
  clock.ms += hourMs / 2
  expect(alarms.raise(alarm)).toBe(false)
  clock.ms += hourMs / 2
  expect(alarms.raise(alarm)).toBe(true)
  expect(alarms.list()).toEqual([
    {
      kind: 'ours',
      host: 'fcm.googleapis.com',
      detail: 'response 400 (invalid-request)',
      at: '2026-03-01T13:00:00.000Z',
    },
  ])
})

test('the newest comes first, and none is kept for longer than a day', () => {
  const { clock, alarms } = setUp()
  alarms.raise(new PushAlarm('gone', null, 'too many'))
  clock.ms += hourMs
  alarms.raise(new PushAlarm('key', 'web.push.apple.com', 'too many responses 403'))
  alarms.raise(new PushAlarm('key', 'fcm.googleapis.com', 'too many responses 403'))
  expect(alarms.list().map(({ kind, host }) => [kind, host])).toEqual([
    ['key', 'fcm.googleapis.com'],
    ['key', 'web.push.apple.com'],
    ['gone', undefined],
  ])
  clock.ms += 23 * hourMs
  expect(alarms.list()).toHaveLength(2)
})

test('however many are raised, the latest hundred are kept', () => {
  const { alarms } = setUp()
  for (let host = 0; host < 1_000; host += 1) alarms.raise(new PushAlarm('down', `h${host}.notify.windows.com`, 'down'))
  expect(alarms.list()).toHaveLength(100)
  expect(alarms.list()[0]?.host).toBe('h999.notify.windows.com')
})

test('the end of a problem removes its alarms, and no others; when it occurs again, it is logged at once', () => {
  const { clock, alarms } = setUp()
  const [full, down] = [new PushAlarm('storage', null, 'full'), new PushAlarm('down', 'fcm.googleapis.com', 'down')]
  for (let time = 0; time < 3; time += 1) {
    expect(alarms.raise(full), `time ${time}`).toBe(true)
    alarms.raise(new PushAlarm('storage', null, `also ${time}`))
    expect(alarms.raise(down)).toBe(time === 0)
    alarms.end('storage')
    expect(alarms.list().map(({ kind }) => kind)).toEqual(['down'])
    clock.ms += 1_000
  }
})

test('the alarms of several processes are joined: the newest of each service and reason, newest first, a hundred at most', () => {
  const alarm = (at: string, more: Partial<Alarm> = {}): Alarm => ({
    kind: 'down',
    host: 'a',
    detail: 'x',
    at,
    ...more,
  })
  const alarms = [
    alarm('2026-03-01T12:00:01.000Z'),
    alarm('2026-03-01T12:00:05.000Z', { host: 'b' }),
    alarm('2026-03-01T12:00:03.000Z'),
    alarm('2026-03-01T12:00:02.000Z', { detail: 'y' }),
    alarm('2026-03-01T12:00:04.000Z', { kind: 'key' }),
    alarm('2026-03-01T12:00:02.500Z'),
  ]
  expect(joinedAlarms(alarms).map(({ kind, host, detail, at }) => [kind, host, detail, at.slice(18, 19)])).toEqual([
    ['down', 'b', 'x', '5'],
    ['key', 'a', 'x', '4'],
    ['down', 'a', 'x', '3'],
    ['down', 'a', 'y', '2'],
  ])
  const many = Array.from({ length: 150 }, (_, nth) => alarm(`2026-03-01T12:00:00.${100 + nth}Z`, { host: `h${nth}` }))
  expect(joinedAlarms(many)).toHaveLength(100)
  expect(joinedAlarms(many)[0]?.host).toBe('h149')
})
