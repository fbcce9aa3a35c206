import { expect, test } from 'vitest'
import { openVerifier } from '../../../src/signing/verify/verifier.ts'
import { mutateBundles } from '../../support/signing/mutated-bundles.ts'

test('of 100,000 mutated bundles none is taken as genuine, and no genuine one is refused', async () => {
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  const { genuine, forged, wrong } = await mutateBundles(verifier, 106_000)
  console.log(`${forged} forged, ${genuine} genuine`)
  expect(wrong).toEqual([])
  expect(forged).toBeGreaterThan(100_000)
}, 900_000)
