import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Kind, StoredAlert } from '../../../src/domain/alert-types.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { publicUrlFault } from '../../../src/domain/public-url.ts'
import { pushPayloadSchema } from '../../../src/protocol/push-payload.ts'
import { payloadBytes, payloadOf, previewOf, testPayload } from '../../../src/push/send/payload.ts'
import { pushWords } from '../../../src/push/send/payload-words.ts'
import { runs } from '../../support/effort.ts'
import { makeAlert, makeEntry } from '../../support/push/push-deps.ts'
import { testSigner } from '../../support/signing/test-signer.ts'

const languages = 'en fa prs ps ur ar ru uk be ro bg hu sr-Latn sr bs mk sq ka hy az kk ky tg tk uz tt ba ce crh'.split(
  ' ',
)
const newsroom = parseNewsroom({ name: 'Radio Example', languages: languages.map((tag) => ({ tag })) })
const { signer } = testSigner()
const parts = { newsroom, publicUrl: 'https://alerts.example', epoch: 'k3f9' }
const atMs = Date.parse('2026-03-01T12:00:00.000Z')
const id = '01932f6e-0000-7000-8000-000000000001'
const alert = makeAlert(atMs, { id, topics: ['afghanistan'] })
const note = { en: 'The valley was named wrongly.', fa: 'نام دره نادرست بود.' }

const read = (payload: Uint8Array) => pushPayloadSchema.parse(JSON.parse(new TextDecoder().decode(payload)))

test.each<[string, Kind, string, boolean]>([
  ['alert-en', 'alert', 'en', false],
  ['alert-any', 'alert', '*', false],
  ['update-fa', 'update', 'fa', false],
  ['correction-fa', 'correction', 'fa', false],
  ['retraction-en', 'retraction', 'en', false],
  ['discreet-fa', 'correction', 'fa', true],
])('the payload is as in the golden file: %s', async (name, kind, language, discreet) => {
  const revised = kind === 'alert' ? alert : { ...alert, version: 2, ...(kind === 'update' ? {} : { note }) }
  const payload = payloadOf(makeEntry(912, revised, kind), language, discreet, parts)
  expect(payload).toHaveLength(payloadBytes)
  await expect(`${JSON.stringify(read(payload), null, 2)}\n`).toMatchFileSnapshot(`../../golden/push-${name}.json`)
})

test('the test notification is as in the golden file', async () => {
  const payload = testPayload('fa', '2026-03-01T12:00:00.000Z', parts)
  expect(payload).toHaveLength(payloadBytes)
  await expect(`${JSON.stringify(read(payload), null, 2)}\n`).toMatchFileSnapshot('../../golden/push-test.json')
})

test('a correction whose note is in another language shows the summary, not that note', () => {
  const revised = { ...alert, note: { ru: 'Ошибка в названии.' } }
  expect(read(payloadOf(makeEntry(2, revised, 'correction'), 'en', false, parts)).notification.body).toBe(
    'They say it is not safe.',
  )
})

test.each(languages)('of an alert retracted without a note in %s nothing of the false text is left', (tag) => {
  const texts = { [tag]: { headline: 'Zq headline', summary: 'Zq summary', url: 'https://zq.example/' } }
  const revised = { ...alert, texts, note: { xx: 'Zq note' }, status: 'retracted' } as const
  for (const language of [tag, '*']) {
    const { notification } = read(payloadOf(makeEntry(2, revised, 'retraction'), language, false, parts))
    expect(JSON.stringify(notification)).not.toMatch(/zq/i)
    expect(notification).toMatchObject({ title: pushWords(tag).retraction, lang: tag, silent: false })
  }
})

test.each([
  ['routine', 'alert', true],
  ['routine', 'update', true],
  ['routine', 'correction', false],
  ['routine', 'retraction', false],
  ['urgent', 'update', false],
  ['flash', 'retraction', false],
] as const)('a %s %s is silent: %s', (level, kind, silent) => {
  expect(read(payloadOf(makeEntry(2, { ...alert, level, note }, kind), 'en', false, parts)).notification.silent).toBe(
    silent,
  )
})

const correction = {
  ...{ version: 2, changedAt: new Date(atMs - 60_000).toISOString(), note: 'It was two, not three.' },
  text: { headline: 'Two dead', summary: '' },
}
const updated = (more: Partial<StoredAlert> = {}): StoredAlert => ({
  ...{ ...alert, version: 3, status: 'updated', lastCorrections: { en: correction } },
  ...more,
})

test('an update that takes the place of a correction says it, as in the golden file', async () => {
  const { notification } = read(payloadOf(makeEntry(912, updated(), 'update'), 'en', false, parts))
  expect(notification).toMatchObject({
    title: `${pushWords('en').correction}: Monitors leave the valley`,
    body: 'It was two, not three.\nThey say it is not safe.',
    data: { kind: 'update', correctedAt: correction.changedAt },
  })
  const golden = '../../golden/push-corrected-update-en.json'
  await expect(`${JSON.stringify(notification, null, 2)}\n`).toMatchFileSnapshot(golden)
  // In a language that was not corrected it is an update like any other.
  const persian = read(payloadOf(makeEntry(912, updated(), 'update'), 'fa', false, parts)).notification
  expect(persian.title).toBe(alert.texts.fa?.headline)
  expect(persian.data).not.toHaveProperty('correctedAt')
})

test('a correction is said by updates of the day after it, and by no later one', () => {
  for (const [changedAt, isSaid] of [
    [new Date(atMs - 24 * 3_600_000 + 1).toISOString(), true],
    [new Date(atMs - 24 * 3_600_000).toISOString(), false],
  ] as const) {
    const entry = makeEntry(2, updated({ lastCorrections: { en: { ...correction, changedAt } } }), 'update')
    expect(read(payloadOf(entry, 'en', false, parts)).notification.body.includes('not three')).toBe(isSaid)
    expect(previewOf(entry, 'en', newsroom)?.body.includes('not three')).toBe(isSaid)
  }
})

test('a correction without a note leads the title, and what does not fit is cut after the note', () => {
  const { note: _, ...unsaid } = correction
  const entry = makeEntry(2, updated({ lastCorrections: { en: unsaid } }), 'update')
  expect(previewOf(entry, 'en', newsroom)).toEqual({
    title: `${pushWords('en').correction}: Monitors leave the valley`,
    body: 'They say it is not safe.',
  })
  const long = { ...correction, note: 'n'.repeat(1_000) }
  const texts = { en: { headline: 'h'.repeat(200), summary: 's'.repeat(1_000) } }
  const { body } = read(
    payloadOf(makeEntry(2, updated({ texts, lastCorrections: { en: long } }), 'update'), 'en', false, parts),
  ).notification
  expect(body).toMatch(/^n{900,1000}/)
  expect(body.endsWith('…')).toBe(true)
})

test.each([
  ['the first since the correction', 3, {}, false],
  ['a later one, when all were sent the one before', 4, {}, true],
  ['a later one, when some were not', 4, { toUncorrected: true }, false],
])('of routine updates that say a correction %s makes a sound', (_, version, more, silent) => {
  const entry = { ...makeEntry(2, updated({ level: 'routine', version }), 'update'), ...more }
  for (const discreet of [false, true])
    expect(read(payloadOf(entry, 'en', discreet, parts)).notification.silent).toBe(silent)
  // Where nothing was corrected they make none.
  expect(read(payloadOf(entry, 'fa', false, parts)).notification.silent).toBe(true)
})

test('a discreet payload shows nothing of the story', () => {
  const text = JSON.stringify(read(payloadOf(makeEntry(1, alert), 'en', true, parts)))
  for (const word of ['Monitors', 'valley', 'safe']) expect(text).not.toContain(word)
})

test('any text makes a payload of the same length; one that is too long is cut between graphemes', () => {
  const part = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('👩‍👩‍👧‍👦', '"', '\\', 'ی\u200cک', 'é', 'ကြောင်', '🇦🇫'),
  )
  const text = fc.array(part, { maxLength: 400 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, text, fc.boolean(), (headline, summary, discreet) => {
      const texts = { fa: { headline: headline.slice(0, 800), summary } }
      const payload = payloadOf(makeEntry(1, { ...alert, texts }, 'correction'), 'fa', discreet, parts)
      expect(payload).toHaveLength(payloadBytes)
      const { title, body } = read(payload).notification
      if (discreet) return
      for (const [shown, whole] of [
        [title, `${pushWords('fa').correction}: ${headline.slice(0, 800)}`],
        [body, summary],
      ] as const) {
        if (shown === undefined || shown === whole || shown === '') continue
        expect(shown.endsWith('…')).toBe(true)
        const segments = [...new Intl.Segmenter('und').segment(whole)].map(({ segment }) => segment)
        const kept = shown.slice(0, -1)
        let seen = ''
        while (seen.trimEnd().length < kept.length) seen += segments.shift() ?? '!'
        expect(seen.trimEnd()).toBe(kept)
      }
    }),
    { numRuns: runs(200) },
  )
})

test('a long story in the longest scripts still has its headline and some of its summary', () => {
  const texts = { ka: { headline: 'დ'.repeat(200), summary: 'ა'.repeat(1_000) } }
  const topics = Array.from({ length: 10 }, (_, at) => `a-rather-long-name-of-a-topic-number-${at}`)
  const { title, body } = read(payloadOf(makeEntry(1, { ...alert, texts, topics }), 'ka', false, parts)).notification
  expect(title).toBe('დ'.repeat(200))
  expect(body.length).toBeGreaterThan(50)
  // The longest PUBLIC_URL that the settings take.
  const publicUrl = `https://${'a.'.repeat(92)}example`
  expect([publicUrl.length, publicUrlFault(publicUrl)]).toEqual([199, null])
  const proofs = { ka: { key: signer.keyId, prev: 'x'.repeat(43), sig: '', dir: 'ltr' } } as const
  const entry = { ...makeEntry(1, { ...alert, texts, topics }), proofs }
  const far = read(payloadOf(entry, 'ka', false, { ...parts, publicUrl, signer }))
  expect([far.notification.title.length, far.notification.navigate]).toEqual([200, expect.stringContaining(publicUrl)])
})

test('each language has words of its own, and an unknown language has the English ones', () => {
  for (const tag of languages.slice(1)) {
    const own = pushWords(tag)
    expect(own).not.toEqual(pushWords('en'))
    for (const word of Object.values(own)) expect(word.trim()).toMatch(/^\p{L}/u)
  }
  for (const unknown of ['xx', 'toString', '__proto__']) expect(pushWords(unknown)).toEqual(pushWords('en'))
})
