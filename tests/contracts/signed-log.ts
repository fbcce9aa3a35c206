import type { KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { Newsroom } from '../../src/domain/newsroom.ts'
import { hasTextIn } from '../../src/domain/rendering/in-language.ts'
import type { AlertLog, Entry } from '../../src/log/log.ts'
import { type EntrySigning, signedAtAppendMax } from '../../src/log/sign-entry.ts'
import { entryMessage } from '../../src/protocol/messages.ts'
import { runs } from '../support/effort.ts'
import { newAlert, newsroom, retraction, updateOf } from '../support/samples.ts'
import { testSigner } from '../support/signing/test-signer.ts'
import { verifyEntry } from '../support/signing/verify-entry.ts'
import { fill, someSteps } from './log.ts'

/** A log that can be opened by several at once, closed and opened again. */
export type SignedLogPlace = {
  open(): Promise<{ log: AlertLog; signing: EntrySigning; close(): Promise<void> }>
  /** Gives the log, which nobody has open, another epoch. */
  renew(): Promise<void>
  /** Called when all are closed: the place is not needed any more. */
  remove?(): Promise<void>
}

const { signer, publicKey } = testSigner()
const signing = { signer, newsroom }
const id = (number: number) => `01932f6e-0000-7000-8000-${String(number).padStart(12, '0')}`

/** Holds every entry in every language to its proof and to its place in the chain, as readers get them. */
export async function expectSigned(
  log: AlertLog,
  key: KeyObject = publicKey,
  shownBy: Newsroom = newsroom,
): Promise<readonly Entry[]> {
  const { epoch } = await log.bounds()
  const entries = await log.after(0, 100_000)
  const chains = new Map<string, string>()
  for (const entry of entries) {
    expect(Object.keys(entry.proofs ?? {})).toEqual(Object.keys(entry.alert.texts))
    for (const language of Object.keys(entry.alert.texts)) {
      const { prev, hash } = verifyEntry(entryMessage(entry, language, epoch, shownBy), key)
      const chain = `${entry.alert.audience} ${language}`
      expect(prev).toBe(chains.get(chain) ?? '')
      if (hasTextIn(entry, language)) chains.set(chain, hash)
    }
  }
  return entries
}

/** What every log must do with a key, whatever it is made of. */
export function signedLogContract(name: string, makePlace: () => Promise<SignedLogPlace>, cases = 15): void {
  describe(`the signed log on ${name}`, () => {
    const closers: (() => Promise<void>)[] = []
    const closeAll = async () => {
      for (const close of closers.splice(0)) await close()
    }
    afterEach(closeAll)

    async function opened({ open }: SignedLogPlace, isSigning = true) {
      const it = await open()
      closers.push(it.close)
      if (isSigning) it.signing.begin(signing)
      return it
    }

    test('every entry of a random log has a proof in each language, and each chain has no gap', async () => {
      const property = fc.asyncProperty(someSteps(20), someSteps(5), async (before, after) => {
        const place = await makePlace()
        const first = await opened(place)
        await fill(first.log, before)
        await closeAll()
        const { log } = await opened(place)
        await fill(log, after, before.length)
        await expectSigned(log)
        await closeAll()
        await place.remove?.()
      })
      await fc.assert(property, { numRuns: runs(cases) })
    })

    test('an append and its repetition give the proofs that readers get', async () => {
      const { log } = await opened(await makePlace())
      const entry = await log.append(newAlert(id(1)), 'k1')
      expect(entry.proofs).toHaveProperty('fa.sig')
      expect(await log.append(newAlert(id(1)), 'k1')).toEqual(entry)
      expect(await log.after(0, 1)).toEqual([entry])
    })

    test('a change that leaves a language out is signed there, and the next one follows on the entry before it', async () => {
      const { log } = await opened(await makePlace())
      await log.append(newAlert(id(1)), 'k1')
      const update = await log.append(updateOf(id(1), 'Another headline'), 'k2')
      const last = await log.append(retraction(id(1)), 'k3')
      await expectSigned(log)
      expect(last.proofs?.fa?.prev).toBe(update.proofs?.fa?.prev)
      expect(last.proofs?.en?.prev).not.toBe(update.proofs?.en?.prev)
    })

    test('what the newsroom’s file and the words say later does not change what was signed', async () => {
      const place = await makePlace()
      const { log } = await opened(place)
      await log.append(newAlert(id(1)), 'k1')
      await log.append(retraction(id(1)), 'k2')
      const languages = newsroom.languages.map((it) => ({ ...it, dir: it.dir === 'rtl' ? 'ltr' : 'rtl' }) as const)
      const [first, last] = await expectSigned(log, publicKey, { ...newsroom, languages })
      expect([first?.proofs?.fa?.dir, first?.proofs?.en?.dir]).toEqual(['rtl', 'ltr'])
      expect(last?.proofs?.fa?.notice).toBeDefined()
    })

    test('entries without proofs are signed later, in pieces; what is appended meanwhile too', async () => {
      const place = await makePlace()
      const count = signedAtAppendMax + 10
      const old = await opened(place, false)
      for (let number = 1; number <= count; number += 1) await old.log.append(newAlert(id(number)), `k${number}`)
      expect((await old.log.after(0, 1))[0]).not.toHaveProperty('proofs')
      const now = await opened(place)
      // More are unsigned than an append signs.
      expect(await now.log.append(newAlert(id(count + 1)), 'later')).not.toHaveProperty('proofs')
      expect(await now.signing.signMore(5)).toBe(count - 4)
      await closeAll()
      // The process died: another one goes on.
      const { log, signing: left } = await opened(place)
      expect(await left.signMore(6)).toBe(count - 10)
      expect(await log.append(newAlert(id(count + 2)), 'last')).toHaveProperty('proofs')
      expect(await left.signMore(10)).toBe(0)
      await expectSigned(log)
    })

    test('an append signs the few entries that another version of the program has appended', async () => {
      const place = await makePlace()
      const { log } = await opened(place)
      const old = await opened(place, false)
      await log.append(newAlert(id(1)), 'k1')
      await old.log.append(newAlert(id(2)), 'k2')
      await old.log.append(newAlert(id(3), { audience: 'test' }), 'k3')
      await log.append(newAlert(id(4)), 'k4')
      await expectSigned(log)
    })

    test('under another epoch no former proof is given; all is signed anew', async () => {
      const place = await makePlace()
      const before = await opened(place)
      await before.log.append(newAlert(id(1)), 'k1')
      const former = (await before.log.append(retraction(id(1)), 'k2')).proofs
      await closeAll()
      await place.renew()
      const { log, signing: left } = await opened(place)
      for (const entry of await log.after(0, 10)) expect(entry).not.toHaveProperty('proofs')
      expect(await left.signMore(10)).toBe(0)
      const [, last] = await expectSigned(log)
      expect(last?.proofs).not.toEqual(former)
    })

    test('the key of the newest proof is known, also under another epoch and before entries that are not signed', async () => {
      const place = await makePlace()
      const first = await opened(place)
      expect(await first.signing.newestKey()).toBeNull()
      await first.log.append(newAlert(id(1)), 'k1')
      expect(await first.signing.newestKey()).toBe(signer.keyId)
      await closeAll()
      await place.renew()
      const old = await opened(place, false)
      await old.log.append(newAlert(id(2)), 'k2')
      expect(await old.signing.newestKey()).toBe(signer.keyId)
      const other = testSigner().signer
      old.signing.begin({ signer: other, newsroom })
      await old.signing.signMore(1)
      expect(await old.signing.newestKey()).toBe(other.keyId)
    })

    test('appends at the same time, through several instances, make chains without a gap', async () => {
      const place = await makePlace()
      const logs = [(await opened(place)).log, (await opened(place)).log, (await opened(place)).log]
      const appends = Array.from({ length: 24 }, (_, number) =>
        logs[number % 3]?.append(newAlert(id(number)), `k${number}`),
      )
      await Promise.all(appends)
      expect(await expectSigned(logs[0] as AlertLog)).toHaveLength(24)
    })
  })
}
