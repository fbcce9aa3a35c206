import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeaderDecoder, HeaderEncoder, HeaderGroup } from '../../../../src/node/push/http2/hpack.ts'
import { decodeHuffman } from '../../../../src/node/push/http2/huffman.ts'
import { runs } from '../../../support/effort.ts'

function decode(decoder: HeaderDecoder, hex: string): string[] {
  const found: string[] = []
  decoder.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'), (name, value) => found.push(`${name}: ${value}`))
  return found
}

test('the answers of RFC 7541 Appendix C.6 decode, with their Huffman code and a table that overflows', () => {
  const decoder = new HeaderDecoder()
  decoder.decode(Buffer.from([0x3f, 0xe1, 0x01]), () => undefined) // a table of 256 bytes
  expect(
    decode(
      decoder,
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
    ),
  ).toEqual([
    ':status: 302',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ])
  expect(decode(decoder, '4883 640e ffc1 c0bf')).toEqual([
    ':status: 307',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ])
  expect(
    decode(
      decoder,
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ),
  ).toEqual([
    ':status: 200',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:22 GMT',
    'location: https://www.example.com',
    'content-encoding: gzip',
    'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ])
})

const name = fc.constantFrom('authorization', 'ttl', 'topic', 'urgency', ':path', 'content-type', 'x-made-up')
const value = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 400,
})
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ headers: fc.array(fc.tuple(name, value), { maxLength: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ limit: fc.integer({ min: 0, max: 8_192 }) }) },
)

test('what one end encodes the other decodes, whatever limits come in between', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const [encoder, decoder, into] = [new HeaderEncoder(), new HeaderDecoder(), Buffer.alloc(16_384)]
      for (const it of steps) {
        if ('limit' in it) encoder.limit(it.limit)
        else {
          const end = encoder.encode(into, 0, it.headers, new Set([':path', 'ttl']))
          const found: [string, string][] = []
          decoder.decode(into.subarray(0, end), (...header) => found.push(header))
          expect(found).toEqual(it.headers)
        }
      }
    }),
    { numRuns: runs(300) },
  )
})

test('groups of headers decode to what they are, in any order, whatever limits and other headers come in between', () => {
  const header = fc.tuple(name, value)
  const groupStep = fc.oneof(
    { weight: 4, arbitrary: fc.record({ group: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ header }) },
    { weight: 1, arbitrary: fc.record({ limit: fc.integer({ min: 0, max: 8_192 }) }) },
  )
  const three = fc.array(fc.array(header, { maxLength: 4 }), { minLength: 3, maxLength: 3 })
  fc.assert(
    fc.property(three, fc.array(groupStep, { maxLength: 40 }), (fields, steps) => {
      const [encoder, decoder, into] = [new HeaderEncoder(), new HeaderDecoder(), Buffer.alloc(16_384)]
      const groups = fields.map((of) => new HeaderGroup(of))
      const changing = new Set([':path', 'ttl'])
      for (const it of steps) {
        if ('limit' in it) {
          encoder.limit(it.limit)
          continue
        }
        const group = 'group' in it ? groups[it.group] : undefined
        const wanted = group?.fields ?? ('header' in it ? [it.header] : [])
        into.fill(0)
        const end = group ? encoder.encodeGroup(into, 0, group, changing) : encoder.encode(into, 0, wanted, changing)
        expect(end).toBeLessThanOrEqual((group ?? new HeaderGroup(wanted)).bytesMax + 16)
        const found: [string, string][] = []
        decoder.decode(into.subarray(0, end), (...one) => found.push(one))
        expect(found).toEqual(wanted)
      }
    }),
    { numRuns: runs(300) },
  )
})

test('a header that comes again takes one byte', () => {
  const [encoder, into] = [new HeaderEncoder(), Buffer.alloc(4_096)]
  const headers: [string, string][] = [['authorization', 'vapid t='.padEnd(300, 'x')]]
  expect(encoder.encode(into, 0, headers, new Set())).toBeGreaterThan(300)
  expect(encoder.encode(into, 0, headers, new Set())).toBe(1)
})

/** A literal with indexing and a new name (RFC 7541 §6.2.1), as bytes. */
function literal(name: string, value: string): Buffer {
  const text = (it: string) => {
    const bytes = Buffer.from(it, 'latin1')
    if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
    const rest = bytes.length - 127
    const length = rest < 128 ? [127, rest] : [127, (rest & 127) | 128, rest >> 7]
    return Buffer.concat([Buffer.from(length), bytes])
  }
  return Buffer.concat([Buffer.from([0x40]), text(name), text(value)])
}
/** What a decoder's table holds: its dynamic entries, newest first. */
function tableOf(decoder: HeaderDecoder): string[] {
  const found: string[] = []
  for (let index = 62; index < 127; index += 1)
    try {
      decoder.decode(Buffer.from([0x80 | index]), (name, value) => found.push(`${name}=${value.length}`))
    } catch {
      break
    }
  return found
}

// An entry counts 32 bytes besides its name and value (RFC 7541 §4.1); the table holds 4,096.
test.each([
  ['one that fills it exactly', [['a', 4_063]], ['a=4063']],
  [
    'one byte too many: it empties the table, and is not in it (§4.4)',
    [
      ['b', 10],
      ['a', 4_064],
    ],
    [],
  ],
  [
    'two that fill it exactly',
    [
      ['a', 2_015],
      ['b', 2_015],
    ],
    ['b=2015', 'a=2015'],
  ],
  [
    'two of which the second is a byte too long: the first falls out',
    [
      ['a', 2_015],
      ['b', 2_016],
    ],
    ['b=2016'],
  ],
  [
    'three, the third as large as all of it',
    [
      ['a', 1],
      ['b', 2],
      ['c', 4_063],
    ],
    ['c=4063'],
  ],
] as const)('a table given %s', (_, entries, left) => {
  const decoder = new HeaderDecoder()
  for (const [name, length] of entries) decoder.decode(literal(name, 'x'.repeat(length)), () => undefined)
  expect(tableOf(decoder)).toEqual(left)
})

test('a table that is made smaller forgets the oldest first, to nothing at 0, and is of use again after it', () => {
  const decoder = new HeaderDecoder()
  const resize = (bytes: number) =>
    decoder.decode(
      Buffer.from(bytes < 31 ? [0x20 | bytes] : [0x3f, ((bytes - 31) & 127) | 128, (bytes - 31) >> 7]),
      () => undefined,
    )
  for (const name of ['a', 'b', 'c']) decoder.decode(literal(name, 'x'.repeat(67)), () => undefined)
  resize(300)
  expect(tableOf(decoder)).toEqual(['c=67', 'b=67', 'a=67'])
  resize(299)
  expect(tableOf(decoder)).toEqual(['c=67', 'b=67'])
  resize(0)
  expect(tableOf(decoder)).toEqual([])
  decoder.decode(literal('d', 'x'), () => undefined)
  expect(tableOf(decoder)).toEqual([])
  resize(4_096)
  decoder.decode(literal('d', 'x'), () => undefined)
  expect(tableOf(decoder)).toEqual(['d=1'])
  expect(() => resize(4_097)).toThrow('larger than allowed')
})

test.each([126, 127, 128, 254, 255, 256, 16_510, 16_511])('a value of %i bytes is read and written whole', (length) => {
  const value = 'v'.repeat(length)
  const [encoder, into] = [new HeaderEncoder(), Buffer.alloc(20_000)]
  const end = encoder.encode(into, 0, [['x', value]], new Set())
  const found: string[] = []
  new HeaderDecoder().decode(into.subarray(0, end), (_, it) => found.push(it))
  expect(found).toEqual([value])
  // A block that ends a byte too early is none.
  expect(() => new HeaderDecoder().decode(into.subarray(0, end - 1), () => undefined)).toThrow()
})

test.each([
  ['no index at all', [0x80]],
  ['the first index that nobody gave', [0x80 | 62]],
  ['an index far beyond', [0xff, 0xff, 0x7f]],
  ['a number without an end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ['a name by an index that nobody gave', [0x40 | 62, 0x01, 0x61]],
])('%s is refused', (_, bytes) => {
  expect(() => new HeaderDecoder().decode(Buffer.from(bytes), () => undefined)).toThrow()
})

test('any bytes decode or are refused, and never take for ever', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const read of [() => new HeaderDecoder().decode(bytes, () => undefined), () => decodeHuffman(bytes)])
        try {
          read()
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
    }),
    { numRuns: runs(2_000) },
  )
})
