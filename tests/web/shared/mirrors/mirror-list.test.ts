import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeSigner } from '../../../../src/node/signing/node-signer.ts'
import { type KeyRing, signingOf } from '../../../../src/signing/key-ring.ts'
import { signedMirrors } from '../../../../src/signing/statements.ts'
import { KeyPin } from '../../../../src/signing/verify/key-pin.ts'
import { NewestMirrors } from '../../../../src/web/shared/mirrors/mirror-list.ts'
import { runs } from '../../../support/effort.ts'
import { hourMs, noon, ringOf, timeOf } from '../../../support/signing/signed-logs.ts'

const ring = ringOf(0)
const listOf = (urls: readonly string[], ms = noon, by: KeyRing = ring) =>
  signedMirrors(signingOf(nodeSigner, by).signer, { urls, at: timeOf(ms) })

function device(pinned: unknown = ring.keys, kept?: unknown, nowMs = noon + 100 * hourMs) {
  const state = { kept }
  const storage = { read: async () => pinned, write: async () => {} }
  const pin = new KeyPin({ storage, askKeys: async () => undefined, now: () => noon })
  const write = async (list: unknown) => {
    state.kept = list
  }
  const now = () => nowMs
  return { state, mirrors: new NewestMirrors(pin, { read: async () => state.kept, write }, now) }
}

test('of genuine lists the newest is kept, in whatever order they come and however many come at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(100), { minLength: 1, maxLength: 8 }),
      fc.array(fc.boolean()),
      async (hours, waits) => {
        const { mirrors } = device()
        const learning: Promise<void>[] = []
        for (const [nth, hour] of hours.entries()) {
          const learned = mirrors.learn(listOf([`https://m${hour}.example/`], noon + hour * hourMs))
          if (waits[nth]) await learned
          learning.push(learned)
        }
        await Promise.all(learning)
        expect(await mirrors.urls()).toEqual([`https://m${Math.max(...hours)}.example/`])
      },
    ),
    { numRuns: runs(100) },
  )
})

test('a list that takes away every mirror counts as each other one', async () => {
  const { mirrors } = device()
  await mirrors.learn(listOf(['https://m.example/']))
  await mirrors.learn(listOf([], noon + hourMs))
  await mirrors.learn(listOf(['https://m.example/']))
  expect(await mirrors.urls()).toEqual([])
})

test('a list of another key, a changed one, and one with an address that no reader may ask are not taken', async () => {
  const { mirrors, state } = device()
  const good = listOf(['https://m.example/'])
  await mirrors.learn(good)
  const later = noon + hourMs
  const address = (url: string) => listOf(['https://other.example/', url], later)
  for (const wrong of [
    listOf(['https://thief.example/'], later, ringOf(1)),
    { ...good, at: timeOf(later) },
    { ...good, urls: ['https://thief.example/'], at: timeOf(later) },
    ...['javascript:alert(1)//', 'http://other.example/', 'data:text/html,/', 'file:///etc/'].map(address),
    ...['https://192.168.1.1/', 'https://[::1]/', 'https://router/', 'https://printer.local/'].map(address),
    ...[null, undefined, 3, 'x', [], {}, { urls: 3 }, { urls: [], at: 3 }],
  ])
    await mirrors.learn(wrong)
  expect(state.kept).toEqual({ urls: ['https://m.example/'], at: timeOf(noon) })
})

test('without a pinned key no list is taken, because nobody could say whose it is', async () => {
  const { mirrors, state } = device(null)
  await mirrors.learn(listOf(['https://m.example/']))
  expect(state.kept).toBeUndefined()
})

test('what the storage gives back is checked again', async () => {
  const at = timeOf(noon)
  for (const kept of [
    { urls: ['https://10.0.0.1/'], at },
    { urls: [3], at },
    { urls: 'https://m.example/', at },
    { urls: [] },
    7,
  ])
    expect(await device(ring.keys, kept).mirrors.urls()).toEqual([])
  expect(await device(ring.keys, { urls: ['https://m.example/'], at }).mirrors.urls()).toEqual(['https://m.example/'])
  const broken = new NewestMirrors(
    { use: async () => null },
    { read: () => Promise.reject(new Error()), write: async () => {} },
  )
  expect(await broken.urls()).toEqual([])
})

test('a list from the far future is not taken, and a kept one is forgotten, so that the next takes its place', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -100, max: 1_000 }), { maxLength: 8 }),
      fc.nat(1_000),
      async (hours, kept) => {
        const at = (hour: number) => noon + hour * hourMs
        const urlOf = (hour: number) => `https://m${hour + 100}.example/`
        const { mirrors } = device(ring.keys, { urls: [urlOf(kept)], at: timeOf(at(kept)) }, noon)
        for (const hour of hours) await mirrors.learn(listOf([urlOf(hour)], at(hour)))
        const present = [kept, ...hours].filter((hour) => hour <= 48)
        expect(await mirrors.urls()).toEqual(present.length === 0 ? [] : [urlOf(Math.max(...present))])
      },
    ),
    { numRuns: runs(100) },
  )
})
