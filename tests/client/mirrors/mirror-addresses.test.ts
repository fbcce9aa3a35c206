import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MirrorAddresses } from '../../../src/client/mirrors/mirror-addresses.ts'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { signingOf } from '../../../src/signing/key-ring.ts'
import { signedMirrors } from '../../../src/signing/statements.ts'
import { openVerifier } from '../../../src/signing/verify/verifier.ts'
import { runs } from '../../support/effort.ts'
import { hourMs, noon, ringOf, timeOf } from '../../support/signing/signed-logs.ts'

const ring = ringOf(0)
const urlOf = (hour: number) => `https://m${hour + 100}.example/`
const listOf = (hour: number) =>
  signedMirrors(signingOf(nodeSigner, ring).signer, { urls: [urlOf(hour)], at: timeOf(noon + hour * hourMs) })
const verifier = await openVerifier()
if (verifier === null) throw new Error('Node has Web Crypto')

test('of lists the newest counts that is not from the far future, kept or offered, in whatever order', async () => {
  const hourOf = fc.integer({ min: -100, max: 1_000 })
  await fc.assert(
    fc.asyncProperty(fc.array(hourOf, { maxLength: 8 }), hourOf, async (hours, kept) => {
      const state: { list: unknown } = { list: listOf(kept) }
      const storage = {
        readMirrors: async () => state.list,
        writeMirrors: async (list: object) => void Object.assign(state, { list }),
      }
      const known = () => new MirrorAddresses([], storage, () => noon)
      const addresses = known()
      for (const hour of hours) await addresses.offer(verifier, ring.keys, listOf(hour))
      const present = [kept, ...hours].filter((hour) => hour <= 48)
      const expected = present.length === 0 ? [] : [urlOf(Math.max(...present))]
      expect(await addresses.urls(verifier, ring.keys, 'https://alerts.example/')).toEqual(expected)
      // What is kept is what counts, also for who comes back.
      expect(await known().urls(verifier, ring.keys, 'https://alerts.example/')).toEqual(expected)
    }),
    { numRuns: runs(100) },
  )
})
