import { expect, test } from 'vitest'
import { mirrorLimits, mirrorListFault, mirrorUrlFault } from '../../../src/domain/parsing/mirror-url.ts'
import { pushPayloadSchema } from '../../../src/protocol/push-payload.ts'
import { payloadBytes, payloadOf, testPayload } from '../../../src/push/send/payload.ts'
import { successionOf } from '../../../src/signing/key-ring.ts'
import { signedMirrors } from '../../../src/signing/statements.ts'
import { manyLanguages, newsroomOfPages } from '../../support/browser/pages-deps.ts'
import { makeAlert, makeEntry } from '../../support/push/push-deps.ts'
import { ringOf } from '../../support/signing/signed-logs.ts'
import { testSigner } from '../../support/signing/test-signer.ts'

const { signer } = testSigner()
const atMs = Date.parse('2026-03-01T12:00:00.000Z')
const at = new Date(atMs).toISOString()
const succession = successionOf(ringOf(1).keys)
const parts = { newsroom: newsroomOfPages, publicUrl: 'https://alerts.example', epoch: 'k3f9', signer, succession }
const listOf = (urls: readonly string[]) => signedMirrors(signer, { urls, at })
const read = (payload: Uint8Array) => pushPayloadSchema.parse(JSON.parse(new TextDecoder().decode(payload)))

/** As much as a newsroom's file may list. */
const most = Array.from({ length: 5 }, (_, nth) => `https://${nth}${'m'.repeat(60)}.mirrors.example/${'t'.repeat(33)}/`)

/** Headlines as they are published, of the usual length, in scripts whose letters take one, two and three bytes. */
const headlines = {
  en: 'UN Monitors: Taliban Maintains ‘Close’ Ties With Al-Qaeda Despite U.S. Peace Deal',
  fa: 'ناظران سازمان ملل: طالبان با وجود توافق صلح با آمریکا روابط «نزدیک» خود را با القاعده حفظ کرده است',
  ru: 'Наблюдатели ООН: «Талибан» сохраняет «тесные» связи с «Аль-Каидой», несмотря на мирное соглашение с США',
  ka: 'გაეროს დამკვირვებლები: „თალიბანი“ ინარჩუნებს „მჭიდრო“ კავშირს „ალ-ქაიდასთან“ აშშ-თან სამშვიდობო შეთანხმების მიუხედავად',
} as const
const summary =
  'The Taliban still maintains close ties, despite signing a deal in which they committed to fight. '.repeat(9)

test('every push carries the signed list of mirrors, beside what its proof is of', () => {
  const mirrors = listOf(['https://mirror.example/tocsin/', 'https://other.example/'])
  const entry = makeEntry(1, makeAlert(atMs))
  for (const discreet of [false, true]) {
    const [without, withList] = [parts, { ...parts, mirrors }].map((deps) =>
      read(payloadOf(entry, 'en', discreet, deps)),
    )
    expect(withList).toEqual({ ...without, mirrors })
  }
  expect(read(testPayload('en', at, { ...parts, mirrors }))).toEqual({ ...read(testPayload('en', at, parts)), mirrors })
})

test('a push of a service that does not sign has no mirrors, which nobody could verify', () => {
  const mirrors = listOf(['https://mirror.example/'])
  expect(read(payloadOf(makeEntry(1, makeAlert(atMs)), 'en', false, { ...parts, signer: null, mirrors })).mirrors).toBe(
    undefined,
  )
})

test.each(Object.entries(headlines))(
  'beside the longest list a headline in %s is whole: the summary is cut',
  (tag, headline) => {
    expect(most.join('')).toHaveLength(mirrorLimits.charsMax)
    expect([mirrorListFault(most), ...most.map(mirrorUrlFault)].filter((fault) => fault !== null)).toEqual([])
    const mirrors = listOf(most)
    const proofs = Object.fromEntries(
      manyLanguages.map((it) => [it, { key: signer.keyId, prev: 'x'.repeat(43), sig: '', dir: 'ltr' as const }]),
    )
    const alert = makeAlert(atMs, { topics: ['human-rights'], texts: { [tag]: { headline, summary } } })
    const payload = payloadOf({ ...makeEntry(123_456, alert), proofs }, tag, false, { ...parts, mirrors })
    expect(payload).toHaveLength(payloadBytes)
    const { notification, mirrors: sent } = read(payload)
    expect(sent).toEqual(mirrors)
    expect(notification.title).toBe(headline)
    // In a script whose letters take three bytes, a long headline is all.
    if (tag === 'ka') expect(notification.body).toBe('')
    else expect(notification.body).toMatch(/^The Taliban still.*…$/)
    expect(notification.data.proof?.sig).toHaveLength(86)
  },
)

test('where the list would leave too little room for the text, it is left out', () => {
  const publicUrl = `https://${'a.'.repeat(250)}example`
  const alert = makeAlert(atMs, { texts: { ka: { headline: headlines.ka, summary } } })
  const { notification, mirrors } = read(
    payloadOf(makeEntry(1, alert), 'ka', false, { ...parts, publicUrl, mirrors: listOf(most) }),
  )
  expect(mirrors).toBeUndefined()
  expect(notification.title).toBe(headlines.ka)
})
