import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeSigner } from '../../../../src/node/signing/node-signer.ts'
import { type KeyRing, rotatedRing } from '../../../../src/signing/key-ring.ts'
import { type ChangedKey, NewsCheck, type Received } from '../../../../src/web/reader/verifying/news-check.ts'
import { runs } from '../../../support/effort.ts'
import { hourMs, newSeed, noon, ringOf, signedEntries } from '../../../support/signing/signed-logs.ts'

type Storage = { read: () => Promise<unknown>; write: (keys: unknown) => Promise<unknown> }

/** An open page on a device on which some keys are pinned. Its clock goes on where it waits. */
function pageWith(pinned: unknown, told: () => unknown, more: { storage?: Storage; open?: () => Promise<null> } = {}) {
  const state = { kept: pinned, asked: 0, nowMs: noon, said: [] as (ChangedKey | null)[] }
  const check = new NewsCheck({
    storage: {
      read: async () => state.kept,
      write: async (keys) => {
        state.kept = keys
      },
      ...more.storage,
    },
    askKeys: async () => {
      state.asked += 1
      const keys = told()
      if (keys instanceof Error) throw keys
      return keys
    },
    now: () => state.nowMs,
    later(ms, act) {
      state.nowMs += ms
      queueMicrotask(act)
      return () => {}
    },
    say: (changed) => state.said.push(changed),
    ...(more.open && { open: more.open }),
  })
  return { state, check }
}

const alert = { id: 'a', version: 1, audience: 'public', language: 'fa', headline: 'پنج تن', summary: '' }
/** What a stream brings of a log that this ring signs; anything may stand in the alert. */
function newsOf(ring: KeyRing, shown: object = alert, startMs = noon): Received {
  const [entry] = signedEntries(ring, 'e', [{ ...shown }], startMs)
  if (entry === undefined) throw new Error('none')
  return { ...entry, cursor: `e.${entry.seq}` } as unknown as Received
}

const unreachable = () => new Error('unreachable')

test('a device without a key pins the service’s at the first news, and shows what it has signed', async () => {
  const ring = ringOf(1)
  const { state, check } = pageWith(undefined, () => ring.keys)
  expect(await check.mayShow(newsOf(ring))).toBe(true)
  expect(await check.mayShow(newsOf(ring))).toBe(true)
  expect(state).toMatchObject({ asked: 1, kept: ring.keys, said: [] })
  expect(await check.mayShow(newsOf(ringOf(0)))).toBe(false)
  expect(state.kept).toEqual(ring.keys)
})

test('no value and no field of what comes can be changed', async () => {
  const ring = ringOf(0)
  const { state, check } = pageWith(ring.keys, unreachable)
  const genuine = newsOf(ring)
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.jsonValue(), async (nth, value) => {
      const changed = JSON.parse(JSON.stringify(genuine))
      const places = [
        ...['seq', 'kind', 'at'].map((name) => [changed, name] as const),
        ...Object.keys(alert).map((name) => [changed.alert, name] as const),
        ...Object.keys(changed.alert.proof).map((name) => [changed.alert.proof, name] as const),
        [changed.alert, 'proof'] as const,
      ]
      const [holder, name] = places[nth % places.length] ?? []
      if (holder === undefined || name === undefined) throw new Error('no place')
      fc.pre(JSON.stringify(holder[name]) !== JSON.stringify(value))
      holder[name] = value
      state.said = []
      expect(await check.mayShow(changed)).toBe(false)
      delete holder[name]
      expect(await check.mayShow(changed)).toBe(false)
      expect(state.said).toEqual([null, null])
    }),
    { numRuns: runs(200) },
  )
  expect(await check.mayShow({ ...genuine, cursor: `f.${genuine.seq}` })).toBe(false)
  expect(await check.mayShow(genuine)).toBe(true)
})

test('what editors alone receive is not shown, though it is genuine', async () => {
  const ring = ringOf(0)
  const { check } = pageWith(ring.keys, unreachable)
  expect(await check.mayShow(newsOf(ring, { ...alert, audience: 'test' }))).toBe(false)
})

test.each([1, 3])('after %i rotations that the page has missed it asks, follows and shows', async (rotations) => {
  const ring = ringOf(rotations)
  const { state, check } = pageWith([ring.keys[rotations]], () => ring.keys)
  expect(await check.mayShow(newsOf(ring, alert, noon + rotations * hourMs))).toBe(true)
  expect(state).toMatchObject({ asked: 1, kept: ring.keys, said: [] })
})

test('news of a new key waits while a node still tells the former ones', async () => {
  const former = ringOf(0)
  const ring = rotatedRing(nodeSigner, former, newSeed(), noon)
  const { state, check } = pageWith(former.keys, () => (state.asked < 3 ? former.keys : ring.keys))
  expect(await check.mayShow(newsOf(ring))).toBe(true)
  expect(state.said).toEqual([])
})

test('a key that does not follow is told with both ids, and trusted only by hand', async () => {
  const [known, other] = [ringOf(0), ringOf(1)]
  const { state, check } = pageWith(known.keys, () => other.keys)
  expect(await check.mayShow(newsOf(other))).toBe(false)
  const [changed] = state.said
  expect(changed).toMatchObject({ known: known.keys[0].id, offered: other.keys[0].id })
  expect(state.kept).toEqual(known.keys)
  await changed?.trust()
  expect(state.kept).toEqual(other.keys)
  expect(await check.mayShow(newsOf(other))).toBe(true)
  // Not the former one any more, and no change is told.
  expect(await check.mayShow(newsOf(known))).toBe(false)
  expect(state.said.slice(1)).toEqual([null])
})

test('keys that contradict themselves are never offered to be trusted', async () => {
  const [known, other] = [ringOf(0), ringOf(1)]
  const torn = [{ ...other.keys[0], id: 'AAAAAAAAAAA' }]
  const { state, check } = pageWith(known.keys, () => torn)
  expect(await check.mayShow(newsOf(other))).toBe(false)
  expect(state.said).toEqual([null])
})

test('a look at the keys says a change without any news, and nothing otherwise', async () => {
  const [known, other] = [ringOf(0), ringOf(0)]
  for (const [pinned, told, said, follow] of [
    [known.keys, other.keys, [{ known: known.keys[0].id }], false],
    [known.keys, known.keys, [], true],
    [known.keys, new Error('unreachable'), [], false],
    [undefined, other.keys, [], false],
  ] as const) {
    const { state, check } = pageWith(pinned, () => told)
    expect(await check.lookAtKeys()).toBe(follow)
    expect(state.said).toMatchObject(said)
    expect(state.kept).toEqual(pinned)
  }
})

test('what the service worker, or another page, has pinned or trusted meanwhile counts', async () => {
  const [known, other, third] = [ringOf(0), ringOf(0), ringOf(0)]
  const { state, check } = pageWith(known.keys, unreachable)
  expect(await check.mayShow(newsOf(known))).toBe(true)
  state.kept = other.keys
  expect(await check.mayShow(newsOf(other))).toBe(true)
  expect(await check.mayShow(newsOf(known))).toBe(false)
  const fresh = pageWith(undefined, unreachable)
  expect(await fresh.check.mayShow(newsOf(third))).toBe(false)
  fresh.state.kept = third.keys
  expect(await fresh.check.mayShow(newsOf(third))).toBe(true)
})

test('a page that has stood for long does not write the former keys over those that another has followed', async () => {
  const former = ringOf(0)
  const ring = rotatedRing(nodeSigner, former, newSeed(), noon)
  const { state, check } = pageWith(former.keys, () => former.keys)
  expect(await check.mayShow(newsOf(former))).toBe(true)
  state.kept = ring.keys
  await check.lookAtKeys()
  expect(state.kept).toEqual(ring.keys)
})

test('a device that cannot verify, and a service that signs nothing, work as before', async () => {
  const ring = ringOf(0)
  const unable = pageWith(ring.keys, () => ring.keys, { open: async () => null })
  const unsigned = { ...newsOf(ring), alert: alert as unknown as Received['alert'] }
  expect(await unable.check.mayShow(unsigned)).toBe(true)
  const { check, state } = pageWith(undefined, () => undefined)
  expect(await check.mayShow(unsigned)).toBe(true)
  expect([...unable.state.said, ...state.said]).toEqual([])
})

test('while no key could be asked for nothing is shown; it is asked for again', async () => {
  const ring = ringOf(0)
  let told: unknown = new Error('unreachable')
  const { state, check } = pageWith(undefined, () => told)
  expect(await check.mayShow(newsOf(ring))).toBe(false)
  expect(state).toMatchObject({ asked: 3, said: [null] })
  told = ring.keys
  state.nowMs += 60_000
  expect(await check.mayShow(newsOf(ring))).toBe(true)
})

test('a storage that does not answer lets a page pin for this visit, and is never written over', async () => {
  const ring = ringOf(0)
  const written: unknown[] = []
  const storage = {
    read: () => Promise.reject(new Error('no answer')),
    write: async (keys: unknown) => written.push(keys),
  }
  const { check } = pageWith(undefined, () => ring.keys, { storage })
  expect(await check.mayShow(newsOf(ring))).toBe(true)
  expect(await check.mayShow(newsOf(ringOf(0)))).toBe(false)
  expect(written).toEqual([])
})

test('what a lost key has signed before something that may be shown is left out without a word, and costs no patience', async () => {
  const lost = ringOf(0)
  const [ring, told] = [ringOf(0), { keys: [] as unknown }]
  told.keys = ring.keys
  const { state, check } = pageWith(ring.keys, () => told.keys)
  expect(await check.mayShow(newsOf(ring))).toBe(true)
  expect(await check.mayShow(newsOf(lost), true)).toBe(false)
  expect(state).toMatchObject({ asked: 0, said: [], nowMs: noon })
  // What this device knows is verified as ever, and what was changed is told.
  expect(await check.mayShow(newsOf(ring), true)).toBe(true)
  expect(await check.mayShow({ ...newsOf(ring), seq: 99 }, true)).toBe(false)
  expect(state).toMatchObject({ asked: 0, said: [null], nowMs: noon })
  // A key that follows is asked for at once.
  const rotated = rotatedRing(nodeSigner, ring, newSeed(), noon)
  told.keys = rotated.keys
  expect(await check.mayShow(newsOf(rotated))).toBe(true)
  expect(state).toMatchObject({ asked: 1, said: [null] })
})

test('what is older than something that may be shown is verified too where no key is pinned yet', async () => {
  const ring = ringOf(1)
  const { state, check } = pageWith(undefined, () => ring.keys)
  expect(await check.mayShow({ ...newsOf(ring), seq: 99 }, true)).toBe(false)
  expect(await check.mayShow(newsOf(ring), true)).toBe(true)
  expect(state).toMatchObject({ asked: 1, kept: ring.keys, said: [null] })
  // What the pinned key has not signed is a lost one’s, from here on.
  expect(await check.mayShow(newsOf(ringOf(0)), true)).toBe(false)
  expect(state).toMatchObject({ asked: 1, said: [null] })
})

test('of a service that signs nothing also what is older than something that may be shown is shown', async () => {
  const { state, check } = pageWith(undefined, () => undefined)
  const { cursor, seq, kind, at } = newsOf(ringOf(0))
  const unsigned = { cursor, seq, kind, at, alert } as unknown as Received
  expect(await check.mayShow(unsigned, true)).toBe(true)
  expect(state).toMatchObject({ said: [] })
})
