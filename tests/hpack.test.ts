import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeaderDecoder, HeaderEncoder } from '../src/node/hpack.ts'
import { decodeHuffman } from '../src/node/huffman.ts'
import { runs } from './support/effort.ts'

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

test('a header that comes again takes one byte', () => {
  const [encoder, into] = [new HeaderEncoder(), Buffer.alloc(4_096)]
  const headers: [string, string][] = [['authorization', 'vapid t='.padEnd(300, 'x')]]
  expect(encoder.encode(into, 0, headers, new Set())).toBeGreaterThan(300)
  expect(encoder.encode(into, 0, headers, new Set())).toBe(1)
})

test('any bytes decode or are refused, and never take for ever', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const read of [() => new HeaderDecoder().decode(bytes, () => undefined), () => decodeHuffman(bytes)])
        try {
          read()
        } catch (trouble) {
          expect(trouble).toBeInstanceOf(Error)
        }
    }),
    { numRuns: runs(2_000) },
  )
})
