import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Kind, StoredAlert } from '../../../src/domain/alert-types.ts'
import { mirrorLimits } from '../../../src/domain/parsing/mirror-url.ts'
import { pushPayloadSchema } from '../../../src/protocol/push-payload.ts'
import { type PayloadDeps, padded, payloadBytes, payloadOf } from '../../../src/push/send/payload.ts'
import { pushWords } from '../../../src/push/send/payload-words.ts'
import { successionOf } from '../../../src/signing/key-ring.ts'
import { signedMirrors } from '../../../src/signing/statements.ts'
import { newsroomOfPages } from '../../support/browser/pages-deps.ts'
import { runs } from '../../support/effort.ts'
import { makeAlert, makeEntry } from '../../support/push/push-deps.ts'
import { ringOf } from '../../support/signing/signed-logs.ts'
import { testSigner } from '../../support/signing/test-signer.ts'

// Many readers see nothing else of a correction or a retraction: it says what was wrong, however long its headline is.

const { signer } = testSigner()
const atMs = Date.parse('2026-03-01T12:00:00.000Z')
const at = new Date(atMs).toISOString()
const urls = Array.from({ length: 5 }, (_, nth) => `https://${nth}${'m'.repeat(60)}.mirrors.example/${'t'.repeat(33)}/`)
/** With the longest list of mirrors, after a rotation: the least room for text. */
const crowded: PayloadDeps = {
  ...{ newsroom: newsroomOfPages, publicUrl: 'https://alerts.example', epoch: 'k3f9', signer },
  succession: successionOf(ringOf(1).keys),
  mirrors: signedMirrors(signer, { urls, at }),
}
const burmese = 'ကြောင်တစ်ကောင်'.repeat(20).slice(0, 190)

/** The notification of a revision in English that says what was wrong. */
function shownOf(kind: Kind, more: Partial<StoredAlert>, deps = crowded) {
  const texts = { en: { headline: burmese, summary: 'Summary. '.repeat(60) } }
  const alert = { ...makeAlert(atMs, { texts, topics: ['afghanistan', 'elections'], version: 2 }), ...more }
  const proofs = { en: { key: signer.keyId, prev: 'x'.repeat(43), sig: '', dir: 'ltr' as const } }
  const payload = payloadOf({ ...makeEntry(912, alert, kind), proofs }, 'en', false, deps)
  expect(payload).toHaveLength(payloadBytes)
  const { title, body = '' } = pushPayloadSchema.parse(JSON.parse(new TextDecoder().decode(payload))).notification
  return { title, body }
}

const said = 'It was three people, not four: the report of Sunday was wrong.'

test.each<[string, Kind, Partial<StoredAlert>, string]>([
  ['a correction', 'correction', { note: { en: said } }, said],
  ['a retraction', 'retraction', { note: { en: said }, status: 'retracted' }, said],
  [
    'an update that says a correction',
    'update',
    {
      lastCorrections: { en: { changedAt: at, version: 1, note: said, text: { headline: burmese, summary: '' } } },
      changedAt: at,
    },
    said,
  ],
])('%s with the longest headline beside the longest list of mirrors has its note whole', (_, kind, more, note) => {
  expect(urls.join('')).toHaveLength(mirrorLimits.charsMax)
  const { title, body } = shownOf(kind, more)
  expect(body.startsWith(note)).toBe(true)
  const { correction, retraction } = pushWords('en')
  expect(title).toMatch(new RegExp(`^${kind === 'retraction' ? retraction : correction}: ${burmese.slice(0, 20)}`))
})

test('a long note and a long headline are cut both, and the note has two fifths of the room', () => {
  const { title, body } = shownOf('correction', { note: { en: burmese.repeat(4) } })
  const [titleBytes, bodyBytes] = [title, body].map((it) => Buffer.byteLength(it)) as [number, number]
  for (const it of [title, body]) expect(it.endsWith('…')).toBe(true)
  expect(bodyBytes / (titleBytes + bodyBytes)).toBeGreaterThan(0.36)
  expect(titleBytes).toBeGreaterThan(bodyBytes)
})

test.each<Kind>(['alert', 'update', 'correction'])(
  'of %s that says nothing of what was wrong, the headline is whole',
  (kind) => {
    const headline = burmese.slice(0, 75)
    const texts = { en: { headline, summary: 'Summary. '.repeat(60) } }
    const { title, body } = shownOf(kind, { texts })
    expect(title).toBe(kind === 'correction' ? `${pushWords('en').correction}: ${headline}` : headline)
    expect(body.endsWith('…')).toBe(true)
  },
)

const letters = fc.constantFrom('a', 'я', 'ა', 'က', 'ی\u200cک', '"', '\\', '\n', ' ', 'ကြောင်', '🇦🇫', '👩‍👩‍👧‍👦')
const textOf = (lengthMax: number) =>
  fc.array(letters, { minLength: 1, maxLength: lengthMax }).map((parts) => `x${parts.join('')}`)

test('with room for text, there is something of the title and of what was wrong, and the same each time', () => {
  fc.assert(
    fc.property(
      textOf(300),
      textOf(300),
      textOf(300),
      fc.integer({ min: 120, max: 1_500 }),
      (title, note, summary, room) => {
        const build = (shown: object) => JSON.stringify({ ...shown, fill: '' })
        const empty = build({ title: '', body: '' }).length
        const filled = (shown: object) => JSON.stringify({ ...shown, fill: 'f'.repeat(payloadBytes - room - empty) })
        const text = { title, body: `${note}\n${summary}`, note }
        const payload = padded(text, filled)
        expect(payload).toHaveLength(payloadBytes)
        expect(padded(text, filled)).toEqual(payload)
        const shown = JSON.parse(new TextDecoder().decode(payload)) as typeof text
        expect(shown.title.replace('…', '')).not.toBe('')
        expect(shown.body.replace('…', '')).not.toBe('')
        // Cut only where both do not fit, and the note not before its share is used.
        const bytes = (it: string) => Buffer.byteLength(JSON.stringify(it)) - 2
        if (bytes(note) + 3 <= Math.floor(room * 0.4)) expect(shown.body.startsWith(note.trimEnd())).toBe(true)
        if (bytes(title) + bytes(text.body) <= room) expect([shown.title, shown.body]).toEqual([title, text.body])
      },
    ),
    { numRuns: runs(300) },
  )
})
