import { createPublicKey, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { headRoutes } from '../../../src/http/api/head.ts'
import { createPart } from '../../../src/http/app.ts'
import { memoryDeps } from '../../support/http/memory-deps.ts'
import { entryOf } from '../../support/samples.ts'
import { signing } from '../../support/signing/published-signing.ts'

const newsroom = parseNewsroom({ name: 'Radio Example', languages: [{ tag: 'en' }] })

/** The route over a log that the test moves, with a clock of the test's, and how often it signed. */
async function headOf() {
  const { reads } = await memoryDeps(newsroom, null)
  const state = { head: 7, now: Date.parse('2026-11-28T10:00:00.000Z'), signed: 0, lastAt: '2026-11-28T08:00:00.000Z' }
  const app = createPart(reads)
  headRoutes(app, {
    log: {
      bounds: async () => ({ epoch: 'k3f9', floor: 1, head: state.head }),
      after: async (seq) => [{ ...entryOf(seq + 1), at: state.lastAt }],
    },
    now: () => state.now,
    signer: {
      ...signing.signer,
      sign(bytes) {
        state.signed += 1
        return signing.signer.sign(bytes)
      },
    },
  })
  const ask = async () => (await app.request('/v1/head')).json() as Promise<Record<string, string | number>>
  return { state, app, ask }
}

test('the head is signed with the time, and a stranger verifies it with the public key', async () => {
  const { ask } = await headOf()
  const { epoch, head, at, key, sig } = await ask()
  expect({ epoch, head, at, key }).toEqual({
    ...{ epoch: 'k3f9', head: 7, at: '2026-11-28T10:00:00.000Z' },
    key: signing.keys[0].id,
  })
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: signing.signer.publicKey }, format: 'jwk' })
  const text = '{"at":"2026-11-28T10:00:00.000Z","epoch":"k3f9","head":7}'
  expect(verify(null, Buffer.from(text), publicKey, Buffer.from(String(sig), 'base64url'))).toBe(true)
})

test('one signature is given for a second to all who ask, and a newer head is signed at once', async () => {
  const { ask, state } = await headOf()
  await Promise.all(Array.from({ length: 50 }, ask))
  state.now += 999
  expect((await ask()).at).toBe('2026-11-28T10:00:00.000Z')
  expect(state.signed).toBe(1)
  state.now += 1
  expect((await ask()).at).toBe('2026-11-28T10:00:01.000Z')
  expect(state.signed).toBe(2)
  state.head = 8
  expect((await ask()).head).toBe(8)
  // A clock that was set back does not keep a time of the future.
  state.now -= 3_600_000
  expect((await ask()).at).toBe('2026-11-28T09:00:01.000Z')
})

test('a head is never of a time before its newest entry, which a clock that was ahead has dated', async () => {
  const { ask, state } = await headOf()
  state.lastAt = '2026-11-28T13:00:00.000Z'
  expect((await ask()).at).toBe(state.lastAt)
  state.now += 999
  await ask()
  expect(state.signed).toBe(1)
  state.now += 3 * 3_600_000
  expect((await ask()).at).toBe('2026-11-28T13:00:00.999Z')
})

test('caches keep it for some seconds at most', async () => {
  const { app } = await headOf()
  const seconds = /max-age=(\d+)/.exec((await app.request('/v1/head')).headers.get('cache-control') ?? '')?.[1]
  expect(Number(seconds)).toBeLessThanOrEqual(5)
})
