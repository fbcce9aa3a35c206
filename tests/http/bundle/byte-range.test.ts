import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partOf } from '../../../src/http/bundle/byte-range.ts'
import { runs } from '../../support/effort.ts'

const whole = { status: 200, headers: { etag: '"a"' }, body: new TextEncoder().encode('0123456789') }
const ask = (range: string, ifRange?: string, method = 'GET') => {
  const { status, headers, body } = partOf(whole, { method, range, 'if-range': ifRange })
  return [status, headers['content-range'], new TextDecoder().decode(body)]
}

test.each([
  ['bytes=0-3', 'bytes 0-3/10', '0123'],
  ['bytes=8-', 'bytes 8-9/10', '89'],
  ['bytes=-2', 'bytes 8-9/10', '89'],
  ['bytes=-99', 'bytes 0-9/10', '0123456789'],
  ['bytes=5-99', 'bytes 5-9/10', '56789'],
  ['BYTES=9-9', 'bytes 9-9/10', '9'],
])('%s is answered with %s', (range, said, part) => {
  expect(ask(range)).toEqual([206, said, part])
  expect(ask(range, '"a"')).toEqual([206, said, part])
})

test.each(['bytes=4-2', 'bytes=-', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=a-b', ''])(
  '%s is no range that is taken: the whole is sent',
  (range) => expect(ask(range)).toEqual([200, undefined, '0123456789']),
)

test.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('%s has no byte', (range) => {
  expect(ask(range).slice(0, 2)).toEqual([416, 'bytes */10'])
})

test('of another version, by a date, by a weak tag, and of HEAD the whole is sent', () => {
  for (const other of ['"b"', 'W/"a"', 'Sat, 28 Nov 2026 10:00:00 GMT', '"a-br"', ''])
    expect(ask('bytes=0-3', other)[0]).toBe(200)
  expect(ask('bytes=0-3', undefined, 'HEAD')[0]).toBe(200)
})

test('the parts of a download that is cut off at any place are the whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(39), (body, cut) => {
      const at = cut % body.length
      const { status, body: rest } = partOf({ ...whole, body }, { method: 'GET', range: `bytes=${at}-` })
      expect([status, [...body.slice(0, at), ...rest]]).toEqual([206, [...body]])
    }),
    { numRuns: runs(200) },
  )
})
