import { expect, test } from 'vitest'
import { KeyPin } from '../../../src/signing/verify/key-pin.ts'
import { verifyEntry } from '../../../src/signing/verify/verify-entries.ts'
import { noon, ringOf, signedEntries } from '../../support/signing/signed-logs.ts'

/** A pin with what it has stored, and how it judges an entry that a ring signs. */
function pinWith(kept: unknown) {
  const state = { kept, reads: 0 }
  const storage = {
    read: async () => {
      state.reads += 1
      return state.kept
    },
    write: async (keys: unknown) => {
      state.kept = keys
    },
  }
  const pin = new KeyPin({ storage, askKeys: () => Promise.reject(new Error('unreachable')), now: () => noon })
  const check = (ring: ReturnType<typeof ringOf>) => {
    const [entry] = signedEntries(ring, 'e', [{ headline: 'One' }])
    if (entry === undefined) throw new Error('none')
    return pin.check((verifier, keys) => verifyEntry(verifier, keys, 'e', entry))
  }
  return { state, pin, check }
}

test('what somebody else has stored meanwhile counts once a key is unknown, and costs no reading before', async () => {
  const [known, other] = [ringOf(0), ringOf(0)]
  const { state, check } = pinWith(known.keys)
  for (let times = 0; times < 3; times += 1) expect(await check(known)).toBe('genuine')
  expect(state.reads).toBe(1)
  state.kept = other.keys
  expect(await check(other)).toBe('genuine')
  expect(await check(known)).toBe('unknown-key')
})

test('keys that were given stay, whatever somebody else stores', async () => {
  const [given, other] = [ringOf(0), ringOf(0)]
  const { state, pin, check } = pinWith(undefined)
  await pin.trust(given.keys.map(({ publicKey }) => publicKey))
  expect(await check(given)).toBe('genuine')
  state.kept = other.keys
  expect(await check(other)).toBe('unknown-key')
  expect(await pin.follow(other.keys)).toBe('changed')
  expect(await check(given)).toBe('genuine')
})

test('a key is pinned anew only where the list of keys is one', async () => {
  const [known, other] = [ringOf(0), ringOf(2)]
  const { state, pin, check } = pinWith(known.keys)
  for (const wrong of [undefined, null, 3, 'x', {}, [], [{}], [{ ...other.keys[0], id: 'AAAAAAAAAAA' }]])
    expect(await pin.pinAnew(wrong)).toBe('forged')
  expect(state.kept).toEqual(known.keys)
  expect(await pin.pinAnew(other.keys)).toBe('followed')
  expect([state.kept, await check(other), await check(known)]).toEqual([other.keys, 'genuine', 'unknown-key'])
})

test.each([
  ['before what is stored was read', 1, 0, false],
  ['while that is being read', 0, 5, false],
  ['where the storage does not answer', 0, 0, true],
])('what the service tells while keys are given is no first sight: %s', async (_, tellMs, readMs, isBroken) => {
  const [given, told] = [ringOf(0), ringOf(0)]
  const written: unknown[] = []
  const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  const pin = new KeyPin({
    storage: {
      async read() {
        await after(readMs)
        if (isBroken) throw new Error('no answer')
      },
      write: async (keys) => written.push(keys),
    },
    askKeys: async () => told.keys,
    now: () => noon,
  })
  const trusting = pin.trust(given.keys.map(({ publicKey }) => publicKey)).catch(() => {})
  if (tellMs > 0) await after(tellMs)
  expect(await pin.ask()).toBe(isBroken ? 'no-answer' : 'changed')
  await trusting
  expect(written).toEqual([])
  if (!isBroken) expect(await pin.keys()).toEqual([expect.objectContaining({ id: given.keys[0].id })])
})

test('keys that could not be given are no first sight either, once the storage answers', async () => {
  const [given, told] = [ringOf(0), ringOf(0)]
  let isBroken = true
  const pin = new KeyPin({
    storage: {
      async read() {
        if (isBroken) throw new Error('no answer')
      },
      write: async () => {},
    },
    askKeys: async () => told.keys,
    now: () => noon,
  })
  await expect(pin.trust(given.keys.map(({ publicKey }) => publicKey))).rejects.toThrow('no answer')
  isBroken = false
  expect([await pin.ask(), await pin.keys()]).toEqual(['changed', null])
})
