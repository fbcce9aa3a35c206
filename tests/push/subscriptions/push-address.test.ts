import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Problem } from '../../../src/domain/problem.ts'
import { parsePushAddress } from '../../../src/push/subscriptions/push-address.ts'
import { pushServiceHosts } from '../../../src/push/subscriptions/push-services.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { runs } from '../../support/effort.ts'

const endpoint = 'https://fcm.googleapis.com/fcm/send/abc'
const { p256dh, auth } = addressOf(endpoint, makeBrowserKeys())
const good = { endpoint, expirationTime: null, keys: { p256dh, auth } }
const codeOf = (input: unknown): string => {
  try {
    parsePushAddress(input, pushServiceHosts)
    return 'accepted'
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

test("a browser's push address is accepted unchanged, with or without an expiration time", () => {
  expect(parsePushAddress(good, pushServiceHosts)).toEqual({ endpoint, p256dh, auth })
  const { expirationTime: _, ...without } = good
  expect(parsePushAddress({ ...without }, pushServiceHosts)).toEqual({ endpoint, p256dh, auth })
})

test.each([
  'https://updates.push.services.mozilla.com/wpush/v2/gAAA',
  'https://jmt17.google.com/fcm/send/x',
  'https://web.push.apple.com/QOxYz',
  'https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%2b%3d',
])('an endpoint of a known service is accepted: %s', (known) => {
  expect(codeOf({ ...good, endpoint: known })).toBe('accepted')
})

test.each([
  'http://fcm.googleapis.com/x',
  'https://fcm.googleapis.com:8443/x',
  'https://user@fcm.googleapis.com/x',
  'https://user:secret@fcm.googleapis.com/x',
  'https://fcm.googleapis.com.evil.example/x',
  'https://evilfcm.googleapis.com.example/x',
  'https://notfcm.googleapis.com/x',
  'https://xpush.apple.com/x',
  'https://evil.example/https://fcm.googleapis.com/x',
  'https://evil.example?fcm.googleapis.com',
  'https://evil.example#.push.apple.com',
  'https://evil.example\\.push.apple.com/',
  'https://127.0.0.1/x',
  'https://[::1]/x',
  'https://[::ffff:127.0.0.1]/x',
  'https://[fd00::1]/x',
  'https://10.0.0.1/x',
  'https://169.254.169.254/latest/meta-data',
  'https://fcm.googleapis.com@127.0.0.1/x',
  'https://0x7f000001/x',
  'https://2130706433/x',
  'https://localhost/x',
  'https://fcm.googleapis.com./x',
  'https://fcm.googleapis.com/x#f',
  'javascript:alert(1)',
  'fcm.googleapis.com/x',
  '',
  `https://fcm.googleapis.com/${'x'.repeat(2_048)}`,
  `https://fcm.googleapis.com/${'é'.repeat(1_000)}`,
])('an endpoint that is not https at a known service is refused: %s', (wrong) => {
  expect(codeOf({ ...good, endpoint: wrong })).toBe('endpoint-refused')
})

test('an IP address is refused even if an operator allows exactly its text', () => {
  for (const host of ['127.0.0.1', '0x7f.1', '[::1]'])
    expect(() => parsePushAddress({ ...good, endpoint: `https://${host}/x` }, ['127.0.0.1', '0.0.1', '[::1]'])).toThrow(
      expect.objectContaining({ code: 'endpoint-refused' }),
    )
})

test('a key that is not on the curve is refused', () => {
  const off = Buffer.from(p256dh, 'base64url')
  off[40] = (off[40] ?? 0) ^ 1
  expect(codeOf({ ...good, keys: { p256dh: off.toString('base64url'), auth } })).toBe('key-refused')
  const zero = Buffer.alloc(65)
  zero[0] = 4
  expect(codeOf({ ...good, keys: { p256dh: zero.toString('base64url'), auth } })).toBe('key-refused')
})

test.each<[string, unknown]>([
  ['a short key', { p256dh: p256dh.slice(0, -4), auth }],
  ['a compressed key', { p256dh: `A${p256dh.slice(1)}`, auth }],
  ['padding', { p256dh, auth: `${auth}==` }],
  ['standard base64', { p256dh, auth: `+${auth.slice(1)}` }],
  ['unused bits that are not zero', { p256dh, auth: `${auth.slice(0, -1)}${auth.endsWith('B') ? 'D' : 'B'}` }],
  ['a secret of 15 bytes', { p256dh, auth: Buffer.alloc(15).toString('base64url') }],
  ['a secret of 17 bytes', { p256dh, auth: Buffer.alloc(17).toString('base64url') }],
  ['an unknown field', { p256dh, auth, more: '' }],
  ['numbers', { p256dh: 1, auth: 2 }],
  ['nothing', null],
])('keys with %s are refused', (_, keys) => {
  expect(codeOf({ ...good, keys })).toBe('invalid')
})

test('every error of form is reported at once', () => {
  const wrong = () => parsePushAddress({ endpoint: 1, keys: { p256dh: '', auth: '' }, more: 1 }, pushServiceHosts)
  const errors = ['/endpoint', '/keys/p256dh', '/keys/auth', '/more'].map((pointer) =>
    expect.objectContaining({ pointer }),
  )
  expect(wrong).toThrow(expect.objectContaining({ errors: expect.arrayContaining(errors) }))
})

test('any input is accepted or refused with a Problem', () => {
  const text = fc.oneof(fc.string(), fc.webUrl(), fc.constant(endpoint), fc.constant(p256dh), fc.constant(auth))
  const value = fc.oneof(text, fc.anything())
  const shaped = fc.record({ endpoint: value, keys: fc.record({ p256dh: value, auth: value }) })
  fc.assert(
    fc.property(fc.oneof(shaped, fc.anything()), (input) => {
      codeOf(input)
    }),
    { numRuns: runs(500) },
  )
})
