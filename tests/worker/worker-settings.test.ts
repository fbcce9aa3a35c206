import { expect, test } from 'vitest'
import { readConfig } from '../../src/node/config.ts'
import { isPushHost, withSuffixes } from '../../src/push/subscriptions/push-services.ts'
import {
  numberSetting,
  pageHeartbeatOf,
  publicUrlOf,
  pushHostsOf,
  settingMistakes,
  textSetting,
} from '../../src/worker/worker-settings.ts'

test('what is not set, empty or no text is nothing', () => {
  expect([textSetting({}, 'A'), textSetting({ A: '' }, 'A'), textSetting({ A: {} }, 'A')]).toEqual([null, null, null])
  expect(textSetting({ A: 'b' }, 'A')).toBe('b')
})

test('a number is a whole number of at least 1, or the usual one', () => {
  expect(numberSetting({}, 'N', 7)).toBe(7)
  expect(numberSetting({ N: '12' }, 'N', 7)).toBe(12)
  for (const wrong of ['0', '-1', '1.5', 'many', '1e3', '0x10', ' 5', '+5', '1_000', '9'.repeat(10)])
    expect(() => numberSetting({ N: wrong }, 'N', 7)).toThrow('N is a whole')
})

test('the address that readers see is an origin, or nothing where it cannot be taken', () => {
  expect(publicUrlOf({ PUBLIC_URL: 'https://Alerts.example/' })).toBe('https://alerts.example')
  for (const PUBLIC_URL of ['', 'alerts.example', 'https://u:p@alerts.example', 'https://alerts.example/path'])
    expect(publicUrlOf({ PUBLIC_URL })).toBeNull()
})

test.each(['1', '61', '2.5', '-3', '03x', '100'])(
  'PAGE_HEARTBEAT_SECONDS=%s is a mistake on Workers as on Node',
  (text) => {
    const settings = { PAGE_HEARTBEAT_SECONDS: text }
    expect(settingMistakes(settings)).toEqual(['PAGE_HEARTBEAT_SECONDS: 0, or a whole number from 2 to 60, is wanted.'])
    expect(() => readConfig(settings)).toThrow('PAGE_HEARTBEAT_SECONDS')
    expect(pageHeartbeatOf(settings)).toBeUndefined()
  },
)

test.each<[string, number | undefined]>([
  ['', undefined],
  ['0', 0],
  ['2', 2],
  ['60', 60],
])('PAGE_HEARTBEAT_SECONDS=%j is the same on both', (text, seconds) => {
  const settings = { PAGE_HEARTBEAT_SECONDS: text }
  expect(settingMistakes(settings)).toEqual([])
  expect([pageHeartbeatOf(settings), readConfig(settings).pageHeartbeatSeconds]).toEqual([seconds, seconds ?? 3])
})

const wrongHosts = [
  'com',
  '*.example.org',
  'https://push.example.org',
  '.example.org',
  'example.org.',
  'a b.org',
  'x.org:1',
]

test.each(wrongHosts)('PUSH_HOSTS=%s is a mistake on Workers as on Node, and allows no host', (wrong) => {
  for (const PUSH_HOSTS of [wrong, `push.example.org,${wrong}`, `${wrong} , push.example.org`]) {
    expect(settingMistakes({ PUSH_HOSTS }), PUSH_HOSTS).toEqual([
      'PUSH_HOSTS: host suffixes such as push.example.org are wanted.',
    ])
    expect(() => readConfig({ PUSH_HOSTS })).toThrow('PUSH_HOSTS')
    const hosts = pushHostsOf({ PUSH_HOSTS })
    for (const host of ['evil.com', 'x.example.org', 'evil.org']) expect(isPushHost(host, hosts), host).toBe(false)
  }
})

test.each(['', 'push.example.org', ' Push.Example.org ,, b.example '])('PUSH_HOSTS=%j is the same on both', (text) => {
  expect(settingMistakes({ PUSH_HOSTS: text })).toEqual([])
  const hosts = pushHostsOf({ PUSH_HOSTS: text })
  expect(hosts).toEqual(withSuffixes(readConfig({ PUSH_HOSTS: text.trim() }).pushHosts))
  expect(isPushHost('a.push.example.org', hosts)).toBe(text !== '')
})
