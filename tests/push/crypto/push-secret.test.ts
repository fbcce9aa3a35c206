import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeSecretText, secretBytes, secretOf } from '../../../src/push/crypto/push-secret.ts'

test.each(['base64url', 'base64'] as const)(
  'a secret in %s is parsed to the same bytes, also with white space around it',
  (form) => {
    for (let round = 0; round < 50; round += 1) {
      const bytes = randomBytes(secretBytes)
      const text = bytes.toString(form)
      for (const given of [text, `${text}\n`, ` ${text}`, text.replace('=', '')])
        expect(Buffer.from(secretOf(given) ?? [])).toEqual(bytes)
    }
  },
)

test('a generated secret is valid, and no two are the same', () => {
  const texts = Array.from({ length: 20 }, makeSecretText)
  for (const text of texts) expect(secretOf(text)).toHaveLength(secretBytes)
  expect(new Set(texts).size).toBe(texts.length)
})

test.each(['', 'short', 'x'.repeat(42), 'x'.repeat(44), 'ü'.repeat(43), '{"publicKey":"x"}', 'A'.repeat(86)])(
  '%j is not a valid secret',
  (text) => {
    expect(secretOf(text)).toBeNull()
  },
)
