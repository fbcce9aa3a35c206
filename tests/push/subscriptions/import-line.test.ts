import { expect, test } from 'vitest'
import { normalizedLine } from '../../../src/push/subscriptions/import-line.ts'

const endpoint = 'https://fcm.googleapis.com/fcm/send/abc'
const bytes = Buffer.from([4, ...Array.from({ length: 64 }, (_, nth) => 255 - nth * 3)])
const secret = Buffer.from('fbefbeff000102030405060708090a0b', 'hex')
const keys = { p256dh: bytes.toString('base64url'), auth: secret.toString('base64url') }
const standard = { p256dh: bytes.toString('base64'), auth: secret.toString('base64') }
const padded = { p256dh: `${keys.p256dh}=`, auth: `${keys.auth}==` }
const interest = { languages: ['fa'] }
const wanted = { subscription: { endpoint, keys }, interest }

test.each<[string, object]>([
  ['our own form', { subscription: { endpoint, keys }, interest }],
  ['standard base64', { subscription: { endpoint, keys: standard }, interest }],
  ['padded base64url', { subscription: { endpoint, keys: padded }, interest }],
  [
    'one key padded, one standard',
    { subscription: { endpoint, keys: { p256dh: standard.p256dh, auth: padded.auth } }, interest },
  ],
  ['no expiration', { subscription: { endpoint, expirationTime: null, keys }, interest }],
  ['an expiration in text', { subscription: { endpoint, expiration_time: '2027-01-01', keys }, interest }],
  ['the encoding beside the keys', { subscription: { endpoint, keys, contentEncoding: 'aes128gcm' }, interest }],
  [
    'the encoding among the keys',
    { subscription: { endpoint, keys: { ...keys, contentEncoding: 'aesgcm' } }, interest },
  ],
  ['the encoding beside the subscription', { subscription: { endpoint, keys }, content_encoding: null, interest }],
  [
    'the encodings of a browser',
    { subscription: { endpoint, keys, supportedContentEncodings: ['aes128gcm', 'aesgcm'] }, interest },
  ],
  ['flat keys', { subscription: { endpoint, ...keys }, interest }],
  ['all flat', { endpoint, ...standard, interest }],
  ['flat with an object of keys', { endpoint, keys: padded, expirationTime: null, interest }],
  [
    'publicKey and authToken',
    { subscription: { endpoint, publicKey: keys.p256dh, authToken: padded.auth, contentEncoding: 'aesgcm' }, interest },
  ],
  ['snake case', { endpoint, p256dh_key: standard.p256dh, auth_key: keys.auth, interest }],
  ['the subscription as text', { subscription: JSON.stringify({ endpoint, expirationTime: null, keys }), interest }],
])('%s: converted to our form', (_, line) => {
  expect(normalizedLine(line)).toEqual(wanted)
})

test.each<[unknown, string | undefined]>([
  ['2024-05-01T12:00:00.000Z', '2024-05-01T12:00:00.000Z'],
  ['2024-05-01T14:30:00+02:30', '2024-05-01T12:00:00.000Z'],
  ['2024-05-01T14:00:00+0200', '2024-05-01T12:00:00.000Z'],
  ['2024-05-01t12:00:00z', '2024-05-01T12:00:00.000Z'],
  ['2024-05-01 12:00:00', '2024-05-01T12:00:00.000Z'],
  ['2024-05-01 12:00:00.123456+00', '2024-05-01T12:00:00.123Z'],
  ['2024-05-01', '2024-05-01T00:00:00.000Z'],
  [1_714_564_800, '2024-05-01T12:00:00.000Z'],
  [1_714_564_800_000, '2024-05-01T12:00:00.000Z'],
  ['1714564800', '2024-05-01T12:00:00.000Z'],
  [null, undefined],
])('createdAt %j means %s', (createdAt, expected) => {
  expect(normalizedLine({ ...wanted, createdAt })).toEqual(
    expected === undefined ? wanted : { ...wanted, createdAt: expected },
  )
})

test.each(['yesterday', '2024-13-01', '01.05.2024', '', true, {}])(
  'createdAt %j is not a time, and is left for the schema to refuse',
  (createdAt) => {
    expect(normalizedLine({ ...wanted, createdAt })).toMatchObject({ createdAt })
  },
)

test('unknown fields are left for the schema to refuse by name', () => {
  expect(
    normalizedLine({ subscription: { endpoint, keys, browser: 'x', contentEncoding: 'gzip' }, interest, userId: 7 }),
  ).toEqual({ subscription: { endpoint, keys, browser: 'x', contentEncoding: 'gzip' }, interest, userId: 7 })
  for (const other of [null, 5, 'text', [1], []]) expect(normalizedLine(other)).toEqual(other)
  expect(normalizedLine({ subscription: 5, interest })).toEqual({ subscription: 5, interest })
  expect(normalizedLine({ interest })).toEqual({ interest })
})
