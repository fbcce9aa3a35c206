import { beforeAll, expect, test } from 'vitest'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { firstRing, rotatedRing, type SigningKey } from '../../../src/signing/key-ring.ts'
import { followKeys, formerKeyGraceMs, type TrustedKeys, trustedKey } from '../../../src/signing/verify/key-trust.ts'
import { openVerifier, type Verifier } from '../../../src/signing/verify/verifier.ts'
import { hourMs, newSeed, noon, ringOf, timeOf } from '../../support/signing/signed-logs.ts'

let verifier: Verifier
beforeAll(async () => {
  const opened = await openVerifier()
  if (opened === null) throw new Error('Node has Web Crypto')
  verifier = opened
})

const follow = (known: TrustedKeys | null, offered: unknown) => followKeys(verifier, known, offered)
const pinOf = (keys: TrustedKeys, nth: number): TrustedKeys => keys.slice(nth) as unknown as TrustedKeys
/** The keys with one of them changed. */
const changed = (keys: TrustedKeys, nth: number, change: Partial<SigningKey>) =>
  keys.map((key, at) => (at === nth ? { ...key, ...change } : key))

test('a reader who slept for three rotations follows to the newest key, and keeps the former', async () => {
  const { keys } = ringOf(3)
  expect(await follow(pinOf(keys, 3), keys)).toEqual({ kind: 'followed', keys })
  // Also one who was given the public key alone; since when it is there nobody has signed.
  const bare = { id: keys[3]?.id ?? '', publicKey: keys[3]?.publicKey ?? '' }
  expect(await follow([bare], keys)).toEqual({ kind: 'followed', keys: [...keys.slice(0, 3), bare] })
})

test('a reader who was given the newest key takes what the former ones signed', async () => {
  const { keys } = ringOf(3)
  expect(await follow([keys[0]], keys)).toEqual({ kind: 'followed', keys })
  expect(await follow(null, keys)).toEqual({ kind: 'followed', keys })
})

test('each wrong signature on the way is noticed', async () => {
  const { keys } = ringOf(3)
  const { keys: others } = ringOf(3)
  for (const nth of [0, 1, 2])
    for (const change of [
      { sig: others[nth]?.sig ?? '' },
      { crossSig: others[nth]?.crossSig ?? '' },
      { since: timeOf(noon + 99 * hourMs) },
      { signedBy: others[nth]?.id ?? '' },
      { sig: keys[nth]?.crossSig ?? '' },
    ])
      expect(await follow(pinOf(keys, 3), changed(keys, nth, change)), `${nth} ${Object.keys(change)}`).toEqual({
        kind: 'forged',
      })
})

test('a former key that the newer ones do not vouch for is not taken from a list', async () => {
  const { keys } = ringOf(2)
  const { keys: foreign } = ringOf(0)
  const verdict = await follow(null, [...keys.slice(0, 2), foreign[0]])
  expect(verdict).toEqual({ kind: 'followed', keys: keys.slice(0, 2) })
  const broken = await follow([keys[0]], changed(keys, 1, { crossSig: keys[0].crossSig ?? '' }))
  expect(broken).toEqual({ kind: 'followed', keys: changed(keys, 1, { crossSig: keys[0].crossSig ?? '' }).slice(0, 2) })
})

test('another newsroom’s keys are a change that a person decides on; an older list changes nothing', async () => {
  const { keys } = ringOf(2)
  const { keys: others } = ringOf(2)
  expect(await follow(keys, others)).toEqual({ kind: 'changed' })
  expect(await follow(keys, pinOf(keys, 1))).toEqual({ kind: 'older' })
  // A shorter list takes away none that were known.
  expect(await follow(keys, keys.slice(0, 1))).toEqual({ kind: 'followed', keys })
})

test('what is no list of keys is forged, never an error', async () => {
  const { keys } = ringOf(1)
  const twice = [keys[0], keys[0]]
  for (const offered of [null, 7, '', {}, [], [null], [7], [[]], twice, changed(keys, 0, { id: keys[1]?.id ?? '' })])
    expect(await follow(keys, offered)).toEqual({ kind: 'forged' })
  for (const change of [{ publicKey: 'x' }, { since: 'never' }, { sig: 7 as never }, { signedBy: {} as never }])
    expect(await follow(keys, changed(keys, 0, change))).toEqual({ kind: 'forged' })
  expect(
    await follow(
      keys,
      Array.from({ length: 17 }, () => keys[0]),
    ),
  ).toEqual({ kind: 'forged' })
})

test('a former key counts for what it signed until a day after the rotation', () => {
  const ring = firstRing(nodeSigner, newSeed(), noon)
  const { keys } = rotatedRing(nodeSigner, ring, newSeed(), noon + hourMs)
  const [newest, former] = keys
  const end = noon + hourMs + formerKeyGraceMs
  expect(trustedKey(keys, former?.id, timeOf(end))).toBe(former?.publicKey)
  expect(trustedKey(keys, former?.id, timeOf(end + 1))).toBeNull()
  expect(trustedKey(keys, newest.id, timeOf(end + 1))).toBe(newest.publicKey)
  for (const id of ['', 'x', undefined, null, {}]) expect(trustedKey(keys, id, timeOf(noon))).toBeNull()
  expect(trustedKey(keys, newest.id, 'never')).toBeNull()
})

/** Lists that somebody without a key can make of the genuine one. */
const withoutSignatures = ({ id, publicKey }: SigningKey, since?: string): SigningKey => ({
  ...{ id, publicKey },
  ...(since === undefined ? {} : { since }),
})

test.each([undefined, '1970-01-01T00:00:00.000Z', '9999-12-31T23:59:59.000Z'])(
  'a list that says of a known key that it is there since %s changes nothing of what is remembered',
  async (since) => {
    const { keys } = ringOf(3)
    for (const nth of [0, 1, 2]) {
      const known = pinOf(keys, nth)
      const change = (key: SigningKey, at: number) => (at < nth ? key : withoutSignatures(key, since))
      for (const length of [nth + 1, nth + 2, keys.length])
        expect(await follow(known, keys.map(change).slice(0, length))).toEqual({ kind: 'followed', keys })
      const onlyPinned = keys.map((key, at) => (at === nth ? withoutSignatures(key, since) : key))
      // Of a key that the next one follows, the list itself is wrong.
      expect(await follow(known, onlyPinned)).toEqual({ kind: 'followed', keys })
    }
  },
)

test('what was remembered without signatures gives way to what both keys have signed', async () => {
  const { keys } = ringOf(2)
  for (const since of [undefined, '1970-01-01T00:00:00.000Z', '9999-12-31T23:59:59.000Z'])
    expect(await follow([withoutSignatures(keys[0], since)], keys)).toEqual({ kind: 'followed', keys })
})
