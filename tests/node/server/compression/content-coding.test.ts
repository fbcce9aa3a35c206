import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import {
  codedTag,
  codingFor,
  compress,
  isCompressible,
  isCompressibleType,
  tagsOf,
} from '../../../../src/node/server/compression/content-coding.ts'

test.each([
  [undefined, null],
  ['', null],
  ['identity', null],
  ['deflate, zstd', null],
  ['gzip', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['GZIP;Q=1', 'gzip'],
  ['br;q=0.5, gzip', 'gzip'],
  ['br;q=0, gzip;q=0', null],
  ['br;q=0, *', 'gzip'],
  ['*', 'br'],
  ['*;q=0', null],
  ['identity, br;q=0.5', null],
  ['identity;q=0, gzip;q=0.1', 'gzip'],
  ['br;q=nonsense', null],
  ['br ; q = 0, gzip ;q= 0.5', 'gzip'],
] as const)('Accept-Encoding: %s gets %s', (accepted, coding) => {
  expect(codingFor(accepted)).toBe(coding)
})

test.each([
  'text/html; charset=UTF-8',
  'application/json',
  'application/problem+json',
  'application/atom+xml',
  'image/svg+xml',
  'text/javascript',
])('%s is compressed', (type) => expect(isCompressibleType(type)).toBe(true))

test.each([
  'text/event-stream',
  'text/event-stream; charset=utf-8',
  'image/png',
  'application/octet-stream',
  'font/woff2',
])('%s is not', (type) => expect(isCompressibleType(type)).toBe(false))

test('what fits into a packet is sent as it is', () => {
  expect(isCompressible('text/html', 511)).toBe(false)
  expect(isCompressible('text/html', 512)).toBe(true)
  expect(isCompressible(undefined, 5_000)).toBe(false)
})

test('each coding gives the same bytes back, and less of them on the way', async () => {
  const text = Buffer.from('زمین‌لرزه در هرات. '.repeat(200))
  const [br, gz] = [await compress(text, 'br'), await compress(text, 'gzip')]
  expect(brotliDecompressSync(br).equals(text)).toBe(true)
  expect(gunzipSync(gz).equals(text)).toBe(true)
  expect(Math.max(br.byteLength, gz.byteLength)).toBeLessThan(text.length / 5)
})

test('a tag of a coding is another one, and comes back to the first', () => {
  for (const tag of ['"abc"', 'W/"abc"', '"2.0f"'])
    for (const coding of ['br', 'gzip'] as const) {
      expect(codedTag(tag, coding)).not.toBe(tag)
      expect(tagsOf(`"x", ${codedTag(tag, coding)}`, coding)).toBe(`"x", ${tag}`)
      // The bytes of another coding are not what is sent now.
      for (const other of [coding === 'br' ? 'gzip' : 'br', null] as const)
        expect(tagsOf(codedTag(tag, coding), other)).toBe(codedTag(tag, coding))
    }
})
