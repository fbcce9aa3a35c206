import { expect, test } from 'vitest'
import { openVerifier } from '../../../src/signing/verify/verifier.ts'
import { mutate } from '../../support/signing/mutated-logs.ts'

/** So many runs make more than 100,000 mutations. */
const logs = 20_000

test('of 100,000 mutations none is taken as genuine, and no genuine log, list or key is refused', async () => {
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  const { genuine, forged, wrong } = await mutate(verifier, logs)
  console.log(`${forged} forged, ${genuine} genuine`)
  expect(wrong).toEqual([])
  expect(forged).toBeGreaterThan(100_000)
}, 600_000)
