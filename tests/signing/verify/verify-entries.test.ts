import { expect, test } from 'vitest'
import { openVerifier } from '../../../src/signing/verify/verifier.ts'
import { verifyChain, verifyEntry } from '../../../src/signing/verify/verify-entries.ts'
import { runs } from '../../support/effort.ts'
import { mutate } from '../../support/signing/mutated-logs.ts'
import { noon, ringOf, signedEntries } from '../../support/signing/signed-logs.ts'

async function opened() {
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  return verifier
}

test('of mutated, reordered, truncated and replayed logs and statements none is taken, and no genuine one refused', async () => {
  const { genuine, forged, wrong } = await mutate(await opened(), runs(150))
  expect(wrong).toEqual([])
  expect(genuine).toBeGreaterThan(runs(150))
  expect(forged).toBeGreaterThan(runs(150))
}, 60_000)

test('the verdict says what is wrong, and where', async () => {
  const verifier = await opened()
  const ring = ringOf(0)
  const entries = signedEntries(ring, 'k3f9', [{ id: 'a' }, { id: 'b' }, { id: 'c' }])
  const [first, second, third] = entries
  if (first === undefined || second === undefined || third === undefined) throw new Error('three entries')
  const chain = (run: typeof entries) => verifyChain(verifier, ring.keys, 'k3f9', run)
  expect(await chain(entries)).toMatchObject({ kind: 'whole' })
  expect(await chain([])).toEqual({ kind: 'whole', last: '' })
  expect(await chain([first, third])).toEqual({ kind: 'gap', at: 1 })
  expect(await chain([first, { ...second, seq: 99 }])).toEqual({ kind: 'forged', at: 1 })
  const { proof, ...unsigned } = second.alert
  const one = (entry: unknown) => verifyEntry(verifier, ring.keys, 'k3f9', entry as typeof first)
  expect(await one({ ...second, alert: unsigned })).toEqual({ kind: 'unsigned' })
  expect(await one({ ...second, alert: { ...unsigned, proof: { ...proof, key: 'AAAAAAAAAAA' } } })).toEqual({
    kind: 'unknown-key',
  })
  for (const wrong of [null, 7, 'x', [], {}, { ...proof, sig: 7 }, { ...proof, prev: {} }])
    expect((await one({ ...second, alert: { ...unsigned, proof: wrong } })).kind).not.toBe('genuine')
  for (const more of [{ headline: 'Of nobody' }, { note: 1 }, { succession: {} }, { __proto: null }])
    expect(await one({ ...second, alert: { ...unsigned, proof: { ...proof, ...more } } })).toEqual({ kind: 'forged' })
  // What cannot be canonical JSON has never been signed.
  expect(await one({ ...second, alert: { ...second.alert, headline: '\ud800' } })).toEqual({ kind: 'forged' })
  const stranger = signedEntries(ringOf(0), 'k3f9', [{ id: 'a' }], noon)
  expect(await chain(stranger)).toEqual({ kind: 'unknown-key', at: 0 })
})
