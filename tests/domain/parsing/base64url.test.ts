import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBase64url, toBase64url } from '../../../src/domain/parsing/base64url.ts'
import { runs } from '../../support/effort.ts'

test('any bytes are written as everyone writes them, and read back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = toBase64url(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64url'))
      expect(fromBase64url(text)).toEqual(bytes)
    }),
  )
})

test('a text is read only when it is the one way to write its bytes', () => {
  const near = fc.string({ unit: fc.constantFrom(...'ABCwxyz019-_+/= é') })
  fc.assert(
    fc.property(fc.oneof(near, fc.string(), fc.base64String()), (text) => {
      const canonical = Buffer.from(text, 'base64url').toString('base64url') === text
      expect(fromBase64url(text)).toEqual(canonical ? Uint8Array.from(Buffer.from(text, 'base64url')) : null)
    }),
    { numRuns: runs(2_000) },
  )
})
