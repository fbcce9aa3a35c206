import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { payloadOf, testPayload } from '../../../src/push/send/payload.ts'
import { type KeyRing, rotatedRing, signingOf, successionOf } from '../../../src/signing/key-ring.ts'
import { KeyPin } from '../../../src/signing/verify/key-pin.ts'
import { pushCheck } from '../../../src/web/service-worker/push-check.ts'
import { runs } from '../../support/effort.ts'
import { makeAlert, makeEntry, newsroom } from '../../support/push/push-deps.ts'
import { hourMs, newSeed, noon, ringOf } from '../../support/signing/signed-logs.ts'

const url = { newsroom, publicUrl: 'https://alerts.example', epoch: 'k3f9' }
const language = newsroom.languages[0]?.tag ?? 'en'
const read = (payload: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(payload))
const alert = makeAlert(noon)

const depsOf = (ring: KeyRing) => ({
  ...url,
  signer: signingOf(nodeSigner, ring).signer,
  succession: successionOf(ring.keys),
})
/** The payload of an entry, as a service with this ring sends it. */
const pushOf = (ring: KeyRing | null, seq = 7) =>
  read(payloadOf(makeEntry(seq, alert), language, false, ring === null ? url : depsOf(ring)))
const testOf = (ring: KeyRing) => read(testPayload(language, new Date(noon).toISOString(), depsOf(ring)))

/** A ring before a rotation and after it. */
function rotated(): readonly [KeyRing, KeyRing] {
  const before = ringOf(0)
  return [before, rotatedRing(nodeSigner, before, newSeed(), noon)]
}

/** A device on which some keys are pinned. */
function device(pinned: unknown, told: () => unknown = () => undefined, read?: () => Promise<unknown>) {
  const state = { kept: pinned, asked: 0, nowMs: noon, askedAt: undefined as unknown }
  const storage = {
    read: read ?? (async () => state.kept),
    write: async (keys: unknown) => {
      state.kept = keys
    },
  }
  const askKeys = async () => {
    state.asked += 1
    return told()
  }
  const askedAt = {
    read: async () => state.askedAt,
    write: async (ms: number) => {
      state.askedAt = ms
    },
  }
  const now = () => state.nowMs
  return { state, check: pushCheck(new KeyPin({ storage, askKeys, now }), askedAt, now) }
}

test('while no key is pinned everything is shown, and then only what is signed: alerts and tests', async () => {
  const ring = ringOf(0)
  const { check, state } = device(undefined, () => ring.keys)
  for (const push of [pushOf(null), pushOf(ring), null, 'x']) expect(await check.mayShow(push)).toBe(true)
  await check.pinFirst()
  expect(state.kept).toEqual(ring.keys)
  expect(await check.mayShow(pushOf(ring))).toBe(true)
  expect(await check.mayShow(testOf(ring))).toBe(true)
  for (const push of [pushOf(null), null, undefined, 'x', 3, [], {}, { notification: { data: { proof: {} } } }])
    expect(await check.mayShow(push)).toBe(false)
  await check.pinFirst()
  expect(state.asked).toBe(1)
})

test('what a page pins while the worker runs counts at the next push', async () => {
  const [ring, other] = [ringOf(0), ringOf(1)]
  const { check, state } = device([...ring.keys])
  expect(await check.mayShow(pushOf(ring))).toBe(true)
  state.kept = [...other.keys]
  expect(await check.mayShow(pushOf(ring))).toBe(false)
  expect(await check.mayShow(pushOf(other))).toBe(true)
})

test('nothing of a push can be changed: each value, each field', async () => {
  const ring = ringOf(0)
  const { check } = device([...ring.keys])
  const genuine = [pushOf(ring), testOf(ring)]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...genuine), fc.nat(), fc.string(), async (whole, nth, text) => {
      const changed = JSON.parse(JSON.stringify(whole))
      const places = placesIn(changed.notification)
      const [holder, name] = places[nth % places.length] ?? []
      if (holder === undefined || name === undefined) throw new Error('no place')
      fc.pre(holder[name] !== text)
      holder[name] = text
      expect(await check.mayShow(changed)).toBe(false)
      delete holder[name]
      expect(await check.mayShow(changed)).toBe(false)
    }),
    { numRuns: runs(200) },
  )
  for (const push of genuine) expect(await check.mayShow(push)).toBe(true)
})

type Fields = Record<string, unknown>
function placesIn(fields: Fields): readonly (readonly [Fields, string])[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? [[fields, name] as const, ...placesIn(value as Fields)]
      : [[fields, name] as const],
  )
}

test('what a page has pinned since in the place of the known key counts from the next push on', async () => {
  const [known, other] = [ringOf(0), ringOf(0)]
  const { check, state } = device(known.keys, () => known.keys)
  expect(await check.mayShow(pushOf(known))).toBe(true)
  state.kept = other.keys
  expect(await check.mayShow(pushOf(known))).toBe(false)
  expect(await check.mayShow(pushOf(other))).toBe(true)
  expect(state.kept).toEqual(other.keys)
})

test('a former key makes no key follow, as where it was stolen', async () => {
  const [former, ring] = rotated()
  const thief = rotatedRing(nodeSigner, former, newSeed(), noon + hourMs)
  const { check, state } = device([...ring.keys], () => thief.keys)
  expect(await check.mayShow(pushOf(former))).toBe(true)
  expect(await check.mayShow(pushOf(thief))).toBe(false)
  expect(state.kept).toEqual(ring.keys)
})

test('a statement that the pinned key has not signed makes no key follow', async () => {
  const [ring, stranger] = [ringOf(2), ringOf(1)]
  const { check, state } = device([...ring.keys], () => ring.keys)
  const strange = pushOf(stranger) as { notification: { data: { proof: Fields } } }
  const { proof } = strange.notification.data
  const own = Object(pushOf(ring)).notification.data.proof.succession
  const wrong = { ...Object(proof.succession), signedBy: ring.keys[0].id }
  for (const succession of [proof.succession, own, wrong, undefined, null, 3, 'x', [], {}, { publicKey: 3 }]) {
    proof.succession = succession
    expect(await check.mayShow(strange)).toBe(false)
  }
  expect(state.kept).toEqual(ring.keys)
})

test('a visit follows the keys once a day, and again soon where the service did not answer', async () => {
  const [before, ring] = rotated()
  let told: unknown = before.keys
  const { check, state } = device(undefined, () => {
    if (told instanceof Error) throw told
    return told
  })
  await check.pinFirst()
  for (const hours of [0, 1, 23]) {
    state.nowMs = noon + hours * hourMs
    await check.pinFirst()
  }
  expect(state.asked).toBe(1)
  told = new Error('unreachable')
  state.nowMs = noon + 25 * hourMs
  await check.pinFirst()
  told = ring.keys
  state.nowMs += 60_000
  await check.pinFirst()
  expect([state.asked, state.kept]).toEqual([3, ring.keys])
  // The clock was set back.
  state.nowMs = noon - 48 * hourMs
  for (let nth = 0; nth < 3; nth += 1) await check.pinFirst()
  expect(state.asked).toBe(4)
})

test('a signature is good for its entry alone: not for a test, nor for another', async () => {
  const ring = ringOf(0)
  const { check } = device([...ring.keys])
  const [one, other] = [pushOf(ring, 7), pushOf(ring, 8)] as { notification: { data: Fields } }[]
  if (!one || !other) throw new Error('none')
  const { cursor: _, ...bare } = one.notification.data
  for (const data of [
    { ...one.notification.data, cursor: 'k3f9.8' },
    { ...one.notification.data, proof: other.notification.data.proof },
    bare,
  ])
    expect(await check.mayShow({ ...one, notification: { ...one.notification, data } })).toBe(false)
})

test.each([
  ['alert', pushOf],
  ['test', testOf],
] as const)('after a rotation the %s itself says that its key follows, so nobody is asked', async (_, make) => {
  const ring = ringOf(2)
  const { check, state } = device(ring.keys.slice(1), () => {
    throw new Error('unreachable')
  })
  expect(await check.mayShow(make(ring))).toBe(true)
  expect([state.asked, state.kept]).toEqual([0, ring.keys])
})

test('a device that slept for three rotations asks once, follows, and shows; for a stranger’s key it asks once in some seconds', async () => {
  const ring = ringOf(3)
  const { check, state } = device([ring.keys[3]], () => ring.keys)
  expect(await check.mayShow(pushOf(ring))).toBe(true)
  expect([state.asked, state.kept]).toEqual([1, ring.keys])
  state.nowMs += 60_000
  for (let nth = 0; nth < 5; nth += 1) expect(await check.mayShow(pushOf(ringOf(1)))).toBe(false)
  expect([state.asked, state.kept]).toEqual([2, ring.keys])
})

test.each<[string, () => unknown]>([
  ['another’s keys', () => ringOf(1).keys],
  ['none', () => undefined],
  [
    'no answer',
    () => {
      throw new Error('unreachable')
    },
  ],
])('where the service tells %s, what a stranger signed is not shown and the pinned key stays', async (_, told) => {
  const { keys } = ringOf(0)
  const { check, state } = device([...keys], told)
  expect(await check.mayShow(pushOf(ringOf(0)))).toBe(false)
  expect(state.kept).toEqual(keys)
})

test('a storage that does not answer pins nothing anew', async () => {
  const { check, state } = device(
    undefined,
    () => ringOf(0).keys,
    () => Promise.reject(new Error('no answer')),
  )
  await check.pinFirst()
  // Nor is anything shown: a key may be pinned.
  for (const push of [pushOf(null), pushOf(ringOf(0)), null]) expect(await check.mayShow(push)).toBe(false)
  expect([state.asked, state.kept]).toEqual([0, undefined])
})
