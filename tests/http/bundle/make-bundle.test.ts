import { expect, test } from 'vitest'
import { makeBundle } from '../../../src/http/bundle/make-bundle.ts'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { firstRing, type KeyRing, rotatedRing, signingOf } from '../../../src/signing/key-ring.ts'
import { publishedSigning } from '../../../src/signing/statements.ts'
import { openVerifier } from '../../../src/signing/verify/verifier.ts'
import { verifyBundle } from '../../../src/signing/verify/verify-bundle.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { newAlert, newsroom, updateOf } from '../../support/samples.ts'
import { hourMs, newSeed, noon, timeOf } from '../../support/signing/signed-logs.ts'

const id = (nth: number) => `01932f6e-0000-7000-8000-${String(nth).padStart(12, '0')}`

/** One log, to which nodes with keys of their own append, and of which each makes its bundles. */
function oneLog() {
  const log = new SqliteLog(openSqlite(':memory:'), 'k3f9')
  let keys = 0
  const nodeOf = (ring: KeyRing, lostKey: string | null = null) => {
    const signing = signingOf(nodeSigner, ring)
    const signed = publishedSigning(signing, newsroom, noon, lostKey)
    const deps = { log, newsroom, signer: signing.signer, signed, now: () => noon + hourMs }
    return {
      async append(change: ReturnType<typeof newAlert>, atMs: number) {
        log.signing.begin({ signer: signing.signer, newsroom })
        keys += 1
        return log.append({ ...change, at: timeOf(atMs) }, `k${keys}`)
      },
      async bundle(language: string) {
        const verifier = await openVerifier()
        if (verifier === null) throw new Error('Node has Web Crypto')
        return verifyBundle(verifier, await makeBundle(deps, language), ring.keys)
      },
    }
  }
  return { nodeOf }
}

const first = firstRing(nodeSigner, newSeed(), noon - 2 * hourMs)
const next = rotatedRing(nodeSigner, first, newSeed(), noon)

test('a node that does not have the key of the newest entry makes no bundle: it would say, signed, that there is nothing', async () => {
  const { nodeOf } = oneLog()
  const [late, rotated] = [nodeOf(first), nodeOf(next)]
  await late.append(newAlert(id(1)), noon - hourMs)
  await rotated.append(newAlert(id(2)), noon + 1_000)
  await expect(late.bundle('en')).rejects.toMatchObject({ status: 503, code: 'key-not-published' })
  expect((await rotated.bundle('en')).entries.map(({ seq }) => seq)).toEqual([1, 2])
  // What it signs after that it can give on, and says that two are missing.
  await late.append(newAlert(id(3)), noon + 2_000)
  const { faults, entries, statement } = await late.bundle('fa')
  expect([faults, entries.map(({ seq }) => seq), statement]).toMatchObject([[], [3], { count: 1, leftOut: 2 }])
})

test('it goes by the newest entry that says something in the language', async () => {
  const { nodeOf } = oneLog()
  const [late, rotated] = [nodeOf(first), nodeOf(next)]
  await late.append(newAlert(id(1)), noon - hourMs)
  await rotated.append(updateOf(id(1), 'Only in English') as never, noon + 1_000)
  await expect(late.bundle('en')).rejects.toMatchObject({ code: 'key-not-published' })
  expect((await late.bundle('fa')).entries.map(({ seq }) => seq)).toEqual([1])
})

test('what a former key signed long after it was rotated away is not hidden either', async () => {
  const { nodeOf } = oneLog()
  await nodeOf(first).append(newAlert(id(1)), noon + 25 * hourMs)
  await expect(nodeOf(next).bundle('en')).rejects.toMatchObject({ code: 'key-not-published' })
})

test('after a key was lost the bundle says how many entries it leaves out, and that it has none', async () => {
  const stranger = firstRing(nodeSigner, newSeed(), null)
  const { nodeOf } = oneLog()
  for (const nth of [1, 2]) await nodeOf(first).append(newAlert(id(nth)), noon + nth)
  await expect(nodeOf(stranger).bundle('en')).rejects.toMatchObject({ code: 'key-not-published' })
  const other = nodeOf(stranger, next.keys[0].id)
  await expect(other.bundle('en')).rejects.toMatchObject({ code: 'key-not-published' })
  const declared = nodeOf(stranger, first.keys[0].id)
  const { faults, statement } = await declared.bundle('en')
  expect([faults, statement]).toMatchObject([[], { count: 0, leftOut: 2, newest: '', head: 2 }])
  await declared.append(newAlert(id(3)), noon + 3)
  expect((await declared.bundle('en')).statement).toMatchObject({ count: 1, leftOut: 2 })
})

test('a key that was gone before the present one was made hides nothing: what it signed is left out, said so', async () => {
  const { nodeOf } = oneLog()
  await nodeOf(first).append(newAlert(id(1)), noon - 1)
  const { faults, statement } = await nodeOf(firstRing(nodeSigner, newSeed(), noon)).bundle('en')
  expect([faults, statement]).toMatchObject([[], { count: 0, leftOut: 1, head: 1 }])
})
