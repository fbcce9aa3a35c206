import { expect, test } from 'vitest'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { signingOf } from '../../../src/signing/key-ring.ts'
import { signedMirrors } from '../../../src/signing/statements.ts'
import { openVerifier } from '../../../src/signing/verify/verifier.ts'
import { ageOf, oldMs, seenIn, verifyMirrors } from '../../../src/signing/verify/verify-statements.ts'
import { hourMs, noon, ringOf, timeOf } from '../../support/signing/signed-logs.ts'

const dayMs = 24 * hourMs
const headAt = (ms: number, head = 9, epoch = 'k3f9') => ({ epoch, head, at: timeOf(ms) })

test('a copy is old by what was seen, whatever the clock says', () => {
  const seen = { at: timeOf(noon), epoch: 'k3f9', head: 9 }
  for (const clock of [noon - dayMs, noon, noon + dayMs]) {
    expect(ageOf(headAt(noon - oldMs), seen, clock)).toBe('fresh')
    expect(ageOf(headAt(noon - oldMs - 1), seen, clock)).toBe('old')
  }
})

test('a fresh head is fresh on a device whose clock is wrong by a day', () => {
  for (const wrong of [-dayMs, dayMs]) expect(ageOf(headAt(noon), null, noon + wrong)).toBe('fresh')
  expect(ageOf(headAt(noon), null, noon + 2 * dayMs)).toBe('old')
})

test('a log that is shorter than it was is rolled back; one of another epoch began anew', () => {
  const seen = { at: timeOf(noon), epoch: 'k3f9', head: 9 }
  expect(ageOf(headAt(noon, 8), seen, noon)).toBe('rolled-back')
  expect(ageOf(headAt(noon, 8, 'k3fa'), seen, noon)).toBe('fresh')
})

test('a signed list of mirrors with an address that no reader may ask is refused all the same', async () => {
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  const ring = ringOf(0)
  const { signer } = signingOf(nodeSigner, ring)
  const of = (urls: readonly string[]) =>
    verifyMirrors(verifier, ring.keys, signedMirrors(signer, { urls, at: timeOf(noon) }))
  expect(await of(['https://m.example/'])).toEqual({ urls: ['https://m.example/'], at: timeOf(noon) })
  expect(await of([])).toEqual({ urls: [], at: timeOf(noon) })
  for (const url of [
    'https://192.168.0.1/',
    'https://router/',
    'http://m.example/',
    'javascript:x',
    'https://m.example',
  ])
    expect(await of(['https://m.example/', url]), url).toBeNull()
  expect(await of(Array.from({ length: 9 }, (_, nth) => `https://m${nth}.example/`))).toBeNull()
})

test('what was seen is read only where it has the form of what is signed', () => {
  const seen = { epoch: 'k3f9', head: 9, at: timeOf(noon) }
  expect([seenIn({ ...seen, more: 1 }), seenIn({ ...seen, head: 0 })]).toEqual([seen, { ...seen, head: 0 }])
  for (const head of [-1, -5, 2.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, '9', null, [9], undefined])
    expect([head, seenIn({ ...seen, head })]).toEqual([head, null])
  for (const epoch of ['', 'K3F9', 'a.b', 'a'.repeat(33), 7])
    expect([epoch, seenIn({ ...seen, epoch })]).toEqual([epoch, null])
  for (const other of [null, undefined, 'k3f9.9', [], [1, 2], 7]) expect([other, seenIn(other)]).toEqual([other, null])
})
