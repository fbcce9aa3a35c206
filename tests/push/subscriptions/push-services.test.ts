import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  endpointFault,
  isPushHost,
  parsePushHosts,
  pushServiceHosts,
  suffixOf,
  withSuffixes,
} from '../../../src/push/subscriptions/push-services.ts'

test.each([
  ['fcm.googleapis.com', true],
  ['updates.push.services.mozilla.com', true],
  ['web.push.apple.com', true],
  ['jmt17.google.com', true],
  ['wns2-par02p.notify.windows.com', true],
  ['sg2p.notify.windows.com', true],
  ['x1.fcm.googleapis.com', false],
  ['random-1f3.push.apple.com', false],
  ['push.apple.com', false],
  ['other.push.services.mozilla.com', false],
  ['push.services.mozilla.com', false],
  ['x.web.push.apple.com', false],
  ['notify.windows.com', false],
  ['xnotify.windows.com', false],
  ['notify.windows.com.example', false],
  ['fcm.googleapis.com.', false],
  ['', false],
])('%s belongs to a known service: %s', (host, expected) => {
  expect(isPushHost(host, pushServiceHosts)).toBe(expected)
})

test.each(['a..b', 'a.', 'x'.repeat(64), 'a_b', '-a', 'a-'])(
  'a name below a suffix that no host has is refused, which would keep a connection looking for it: %s',
  (name) => {
    expect(endpointFault(`https://${name}.notify.windows.com/w/?token=1`, pushServiceHosts)).toMatch(
      /cannot be reached/,
    )
    expect(parsePushHosts(`push.example.org, ${name}.example.org`).hosts).toEqual(['push.example.org'])
    expect(parsePushHosts(`${name}.example.org`).mistake).not.toBeNull()
  },
)

test("an operator's suffix allows its own name and those below it; only those below are allowed by the suffix alone", () => {
  const hosts = withSuffixes(['push.example.org'])
  expect(['push.example.org', 'a.push.example.org', 'a.b.push.example.org'].map((it) => isPushHost(it, hosts))).toEqual(
    [true, true, true],
  )
  expect(isPushHost('xpush.example.org', hosts)).toBe(false)
  expect(
    ['push.example.org', 'a.push.example.org', 'fcm.googleapis.com', 'elsewhere.example'].map((it) =>
      suffixOf(it, hosts),
    ),
  ).toEqual([null, '.push.example.org', null, null])
  // An operator may name a host below a suffix itself.
  expect(suffixOf('db5p.notify.windows.com', withSuffixes(['db5p.notify.windows.com']))).toBe(null)
})

test('a host belongs to a service only as itself or below it', () => {
  fc.assert(
    fc.property(fc.domain(), (domain) => {
      for (const host of pushServiceHosts) {
        expect(isPushHost(`${domain}${host}`, pushServiceHosts)).toBe(host.startsWith('.'))
        expect(isPushHost(`${domain}.${host}`, pushServiceHosts)).toBe(false)
        expect(isPushHost(`${host}.${domain}`, pushServiceHosts)).toBe(false)
      }
    }),
  )
})
