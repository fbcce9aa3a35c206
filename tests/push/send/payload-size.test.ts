import fc from 'fast-check'
import { expect, test } from 'vitest'
import { kinds, levels } from '../../../src/domain/alert-types.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { payloadBytes, payloadOf, testPayload } from '../../../src/push/send/payload.ts'
import { successionOf } from '../../../src/signing/key-ring.ts'
import { signedMirrors } from '../../../src/signing/statements.ts'
import { manyLanguages } from '../../support/browser/pages-deps.ts'
import { runs } from '../../support/effort.ts'
import { makeAlert, makeEntry } from '../../support/push/push-deps.ts'
import { ringOf } from '../../support/signing/signed-logs.ts'
import { testSigner } from '../../support/signing/test-signer.ts'

// Who watches the network between here and a push service sees the length of each push. It is always the same.

const { signer } = testSigner()
const succession = successionOf(ringOf(1).keys)
const newsroom = parseNewsroom({ name: 'Radio Example', languages: manyLanguages.map((tag) => ({ tag })) })
const atMs = Date.parse('2026-03-01T12:00:00.000Z')
/** A signed list of addresses with so many characters. */
const mirrorsOf = (lengths: readonly number[]) =>
  signedMirrors(signer, {
    urls: lengths.map((length, nth) => `https://${nth}${'m'.repeat(length)}.example/`.slice(-length)),
    at: new Date(atMs).toISOString(),
  })
const text = (charsMax: number) =>
  fc
    .array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('"', 'ფ', 'ی\u200cک', '👩‍👩‍👧‍👦', '\\')), {
      maxLength: 100,
    })
    .map((parts) => parts.join('').slice(0, charsMax).toWellFormed())
const topics = fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,39}$/), { maxLength: 10 })

test('a push of every kind, level and language has one size, discreet or not, whatever it says', () => {
  fc.assert(
    fc.property(
      fc.record({
        kind: fc.constantFrom(...kinds),
        level: fc.constantFrom(...levels),
        language: fc.constantFrom(...manyLanguages, '*'),
        discreet: fc.boolean(),
        isSigned: fc.boolean(),
        hasSuccession: fc.boolean(),
        mirrors: fc.array(fc.integer({ min: 20, max: 120 }), { maxLength: 8 }),
        headline: text(200),
        summary: text(1_000),
        note: fc.option(text(1_000)),
        topics,
        version: fc.integer({ min: 1, max: 10_000 }),
        seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        publicUrl: fc.constantFrom('https://a.example', `https://${'a.'.repeat(92)}example`),
      }),
      ({
        kind,
        level,
        language,
        discreet,
        isSigned,
        hasSuccession,
        mirrors,
        headline,
        summary,
        note,
        seq,
        publicUrl,
        ...more
      }) => {
        const tags = language === '*' ? manyLanguages : [language]
        const all = <Value>(value: Value) => Object.fromEntries(tags.map((tag) => [tag, value]))
        const alert = {
          ...makeAlert(atMs, { level, texts: all({ headline, summary, url: 'https://news.example/1' }), ...more }),
          ...(note === null ? {} : { note: all(note) }),
        }
        const deps = {
          newsroom,
          publicUrl,
          epoch: 'k3f9',
          signer: isSigned ? signer : null,
          succession: hasSuccession ? succession : null,
          mirrors: mirrors.length === 0 ? null : mirrorsOf(mirrors),
        }
        const proofs = all({ key: signer.keyId, prev: 'x'.repeat(43), sig: '', dir: 'ltr' as const })
        expect(payloadOf({ ...makeEntry(seq, alert, kind), proofs }, language, discreet, deps)).toHaveLength(
          payloadBytes,
        )
        expect(testPayload(language, new Date(atMs).toISOString(), deps)).toHaveLength(payloadBytes)
      },
    ),
    { numRuns: runs(300) },
  )
})
