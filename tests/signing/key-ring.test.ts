import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { nodeSigner } from '../../src/node/signing/node-signer.ts'
import {
  firstRing,
  type KeyRing,
  keyChainText,
  parseKeyChain,
  parseRing,
  ringText,
  rotatedRing,
  seedFault,
  signingKeysMax,
  signingOf,
} from '../../src/signing/key-ring.ts'

const now = Date.parse('2026-11-28T10:00:00.000Z')
const newSeed = () => randomBytes(32).toString('base64url')
const first = () => firstRing(nodeSigner, newSeed(), now)
const rotate = (ring: KeyRing, at = now + 1_000) => rotatedRing(nodeSigner, ring, newSeed(), at)
const sha256 = nodeSigner(new Uint8Array(32)).sha256

/** By Node alone: the statement is JSON with its names in order. */
function isSigned({ keys }: KeyRing, at: number): boolean {
  const [newer, older] = [keys[at], keys[at + 1]]
  if (newer?.sig === undefined || older === undefined) return false
  const text = `{"at":"${newer.since}","key":"${newer.publicKey}","previous":"${older.id}"}`
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: older.publicKey }, format: 'jwk' })
  const own = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: newer.publicKey }, format: 'jwk' })
  const verified = (by: typeof key, sig = '') => verify(null, Buffer.from(text), by, Buffer.from(sig, 'base64url'))
  return verified(key, newer.sig) && verified(own, newer.crossSig) && !verified(own, newer.sig)
}

test('each key of a ring and the one before it sign that it follows, whatever was rotated since', () => {
  const ring = rotate(rotate(rotate(first())))
  expect(ring.keys).toHaveLength(4)
  for (const at of [0, 1, 2]) {
    expect(isSigned(ring, at)).toBe(true)
    expect(ring.keys[at]?.signedBy).toBe(ring.keys[at + 1]?.id)
  }
  expect(ring.keys[3]).not.toHaveProperty('sig')
  expect(signingOf(nodeSigner, ring).signer.keyId).toBe(ring.keys[0].id)
})

test('the same key again changes nothing, nor does a former key', () => {
  const ring = first()
  expect(rotatedRing(nodeSigner, ring, ring.seed, now + 5)).toBe(ring)
  const rotated = rotate(ring)
  expect(rotatedRing(nodeSigner, rotated, ring.seed, now)).toBe(rotated)
})

test('a key is never older than the one that it follows, also where the clock went back', () => {
  const ring = rotate(first(), now - 86_400_000)
  expect(ring.keys[0].since).toBe(ring.keys[1]?.since)
  expect(isSigned(ring, 0)).toBe(true)
})

test('a ring keeps the newest keys, of which the oldest names no key that is forgotten', () => {
  let ring = first()
  for (let times = 0; times < signingKeysMax + 3; times += 1) ring = rotate(ring, now + times)
  expect(ring.keys).toHaveLength(signingKeysMax)
  expect(ring.keys.at(-1)).not.toHaveProperty('signedBy')
  for (let at = 0; at < signingKeysMax - 1; at += 1) expect(isSigned(ring, at)).toBe(true)
  expect(parseKeyChain(keyChainText(ring.keys), sha256)).toEqual(ring.keys)
  // What a secret of Workers may have.
  expect(keyChainText(ring.keys).length).toBeLessThan(5_000)
})

test('a ring is read from its text as it was, also one whose age nobody knows', () => {
  for (const ring of [first(), rotate(rotate(first())), firstRing(nodeSigner, newSeed(), null)])
    expect(parseRing(nodeSigner, ringText(ring))).toEqual(ring)
})

test('a damaged text is refused', () => {
  const ring = rotate(first())
  const { publicKeys, privateKey } = JSON.parse(ringText(ring)) as Record<string, string>
  const [newest = '', older = ''] = publicKeys?.split(',') ?? []
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    JSON.stringify({ privateKey }),
    JSON.stringify({ privateKey: newSeed(), publicKeys }),
    JSON.stringify({ privateKey: 'short', publicKeys }),
    JSON.stringify({ privateKey, publicKeys: older }),
    JSON.stringify({ privateKey, publicKeys: `${newest},${newest}` }),
    JSON.stringify({ privateKey, publicKeys: `${newest},` }),
    JSON.stringify({ privateKey, publicKeys: newest.replace(/~.*~/, '~~') }),
    JSON.stringify({ privateKey, publicKeys: newest.replace(/~.*~/, '~2026-13-41T99:00:00.000Z~') }),
    JSON.stringify({ privateKey, publicKeys: Array.from({ length: signingKeysMax + 1 }, () => newest).join(',') }),
  ])
    expect(() => parseRing(nodeSigner, text), text.slice(0, 80)).toThrow()
})

test('a private key is 32 bytes in base64url', () => {
  expect(seedFault(newSeed())).toBeNull()
  for (const text of ['', 'x', newSeed().slice(1), `${newSeed()}=`, randomBytes(33).toString('base64url')])
    expect(seedFault(text)).toContain('32 bytes')
})
