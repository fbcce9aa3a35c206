import fc from 'fast-check'
import { expect, test } from 'vitest'
import { secretHash } from '../../../src/auth/secret.ts'
import { hashOf } from '../../../src/node/server/secret-hash.ts'
import { runs } from '../../support/effort.ts'

test('a secret has the same hash by Node as by Web Crypto, whatever it is', async () => {
  for (const secret of ['', 'a', 'the-admin-key-of-the-tests', 'ключ', '\ud800', 'x'.repeat(10_000)])
    expect(hashOf(secret)).toBe(await secretHash(secret))
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (secret) => {
      expect(hashOf(secret)).toBe(await secretHash(secret))
    }),
    { numRuns: runs(100) },
  )
})
