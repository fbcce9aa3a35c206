import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changedSince, differencesOf } from '../../src/desk/difference.ts'
import { alertLimits, parseDraft, parseRevision } from '../../src/domain/alert.ts'
import type { Alert, Text } from '../../src/domain/alert-types.ts'
import { applyChange, type Change, intention } from '../../src/domain/change.ts'
import { sentAlert } from '../../src/domain/rendering/sent-alert.ts'
import { runs } from '../support/effort.ts'
import { refusalOf } from '../support/refusal.ts'
import { alertOf, newAlert, newsroom, noon, retraction } from '../support/samples.ts'

const later = '2026-03-01T20:00:00.000Z'
const id = alertOf().id
const note = { en: 'It was wrong.' }

const full: Text = {
  headline: 'Five killed',
  summary: 'Police say so.',
  url: 'https://news.example/1',
  image: { url: 'https://news.example/1.jpg', alt: 'A street' },
}
const before = alertOf({ texts: { en: full, fa: { headline: 'پنج کشته', summary: 'پلیس گفت.' } } })

function revision(input: object, kind: 'update' | 'correction' = 'correction', expected?: readonly number[]): Change {
  const body = kind === 'correction' ? { note, ...input } : input
  const revision = parseRevision(kind, body, newsroom)
  return {
    kind,
    id,
    revision,
    expected,
    at: later,
    by: 'e',
    expirySeconds: { flash: 3_600, urgent: 3_600, routine: 3_600 },
  }
}

describe('field by field', () => {
  test.each<[string, object, Partial<Text>]>([
    ['a headline', { headline: 'Four killed' }, { headline: 'Four killed' }],
    ['a summary', { summary: 'Two say so.' }, { summary: 'Two say so.' }],
    ['no summary', { summary: null }, { summary: '' }],
    ['an empty summary', { summary: '' }, { summary: '' }],
    ['a link', { url: 'https://news.example/2' }, { url: 'https://news.example/2' }],
    ['no link', { url: null }, { url: undefined }],
    ['no image', { image: null }, { image: undefined }],
    [
      "an image's address",
      { image: { url: 'https://news.example/2.jpg' } },
      { image: { url: 'https://news.example/2.jpg', alt: 'A street' } },
    ],
    [
      "an image's description",
      { image: { alt: 'A road' } },
      { image: { url: 'https://news.example/1.jpg', alt: 'A road' } },
    ],
    ['a headline and no link', { headline: 'Four', url: null }, { headline: 'Four', url: undefined }],
  ])('%s alone changes nothing else, in that language or another', (_, change, changed) => {
    for (const kind of ['update', 'correction'] as const) {
      const after = applyChange(revision({ texts: { en: change } }, kind), before)
      const wanted = Object.fromEntries(Object.entries({ ...full, ...changed }).filter(([, it]) => it !== undefined))
      expect(after.texts).toStrictEqual({ en: wanted, fa: before.texts.fa })
    }
  })

  test.each([
    ['null for a headline', { texts: { en: { headline: null } } }, '/texts/en/headline'],
    ['null for a language', { texts: { fa: null } }, '/texts/fa'],
    ['null for the texts', { texts: null }, '/texts'],
    ['null for the level', { level: null }, '/level'],
    ['null for the topics', { topics: null }, '/topics'],
    ['null for the expiry', { expiresAt: null }, '/expiresAt'],
    ['null for the note', { note: null }, '/note'],
    ['null in the note', { note: { en: null } }, '/note/en'],
    ["null for an image's part", { texts: { en: { image: { alt: null } } } }, '/texts/en/image/alt'],
    ['a text in which nothing is', { texts: { en: {} } }, '/texts/en'],
    ['texts in which nothing is', { texts: {} }, '/texts'],
  ])('%s is refused', (_, input, pointer) => {
    const refusal = refusalOf(() => revision(input, 'update'))
    expect(refusal.errors.map((it) => it.pointer)).toContain(pointer)
    expect(refusal.message).not.toContain('missing')
  })

  test('a language that is new needs a headline, and an image that is new both its parts: all missing fields are reported', () => {
    const texts = { ru: { summary: 'x' }, fa: { image: { alt: 'x' } }, en: { url: null } }
    const refusal = refusalOf(() => applyChange(revision({ texts }), before))
    expect([refusal.status, refusal.code]).toEqual([400, 'invalid'])
    expect(refusal.errors.map(({ pointer }) => pointer)).toEqual(['/texts/ru/headline', '/texts/fa/image/url'])
    const ru = { headline: 'Новость', image: { url: 'https://x.example/', alt: 'x' } }
    expect(applyChange(revision({ texts: { ru } }), before).texts.ru).toStrictEqual({
      headline: 'Новость',
      summary: '',
      image: ru.image,
    })
  })

  test('a new alert has nothing that null could remove', () => {
    const draft = { level: 'urgent', texts: { en: { headline: 'x', summary: null, url: null } } }
    expect(refusalOf(() => parseDraft(draft, newsroom)).errors.map(({ pointer }) => pointer)).toEqual([
      '/texts/en/summary',
      '/texts/en/url',
    ])
  })

  test('whatever is changed and in whatever order, each field is what was last said of it', () => {
    const part = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
    const headline = fc.constantFrom('One', 'Two', 'Three')
    const optional = (values: readonly string[]) => part(fc.option(fc.constantFrom(...values), { nil: null }))
    const change = fc
      .record({
        headline: part(headline),
        summary: optional(['s1', 's2']),
        url: optional(['https://x.example/1', 'https://x.example/2']),
      })
      .map((it) => Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)))
      .filter((it) => Object.keys(it).length > 0)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('en', 'fa'), change), { minLength: 1, maxLength: 30 }), (steps) => {
        let alert = before
        const model: Record<string, Record<string, unknown>> = structuredClone(before.texts) as never
        for (const [tag, fields] of steps) {
          // A note of its own, so that it changes something though every field is said again.
          alert = applyChange(revision({ texts: { [tag]: fields }, note: { en: `${alert.version}` } }), alert)
          model[tag] = { ...model[tag], ...fields }
        }
        for (const tag of ['en', 'fa']) {
          const { summary, url, ...others } = model[tag] ?? {}
          expect(alert.texts[tag]).toStrictEqual({ ...others, summary: summary ?? '', ...(url ? { url } : {}) })
        }
      }),
      { numRuns: runs(300) },
    )
  })
})

describe('the version that a revision was written on', () => {
  const third = { ...before, version: 3 }

  test.each<[string, object, readonly number[] | undefined]>([
    ['the newest in the body', { version: 3 }, undefined],
    ['the newest in If-Match', {}, [3]],
    ['the newest in both', { version: 3 }, [3]],
    ['the newest in a list', {}, [1, 3]],
    ['none', {}, undefined],
  ])('%s is taken', (_, body, expected) => {
    expect(applyChange(revision(body, 'correction', expected), third).version).toBe(4)
  })

  test.each<[string, object, readonly number[] | undefined]>([
    ['an older one in the body', { version: 2 }, undefined],
    ['an older one in If-Match', {}, [2]],
    ['one that is not there yet', { version: 4 }, undefined],
    ['only older ones in a list', {}, [1, 2]],
  ])('%s is refused as alert-changed', (_, body, expected) => {
    expect(refusalOf(() => applyChange(revision(body, 'correction', expected), third))).toMatchObject({
      status: 409,
      code: 'alert-changed',
      extensions: { version: 3 },
    })
  })

  test('a retraction is asked the same, and what is retracted is said to be so on any version', () => {
    const old: Change = { ...(retraction(id, later) as Change & { kind: 'retraction' }), expected: [2] }
    expect(refusalOf(() => applyChange(old, third)).code).toBe('alert-changed')
    expect(refusalOf(() => applyChange(old, { ...third, status: 'retracted' })).code).toBe('alert-retracted')
  })

  test.each([0, -1, 1.5, '2', null, true, Number.POSITIVE_INFINITY])('the version %j is no version', (version) => {
    expect(refusalOf(() => revision({ version, level: 'flash' })).errors[0]?.pointer).toBe('/version')
  })

  test('it alone is no change, and in the body it is part of what was asked, in If-Match not', () => {
    expect(refusalOf(() => revision({ version: 3 }, 'update')).message).toContain('changes nothing')
    const asked = { level: 'flash' }
    expect(intention(revision({ ...asked, version: 2 }))).not.toBe(intention(revision({ ...asked, version: 3 })))
    expect(intention(revision({ ...asked, version: 2 }))).not.toBe(intention(revision(asked)))
    expect(intention(revision(asked, 'correction', [2]))).toBe(intention(revision(asked, 'correction', [3])))
  })

  test('changes are reported field by field, with who made them and when', () => {
    const one = before
    const two = applyChange(
      { ...revision({ texts: { en: { headline: 'Four killed', image: null } } }), by: 'mina' },
      one,
    )
    const three = applyChange(revision({ level: 'flash', expiresAt: '2026-03-02T00:00:00Z' }, 'update'), two)
    const history = [one, two, three].map((alert, at) => ({
      seq: at + 1,
      at: alert.changedAt,
      kind: at === 0 ? ('alert' as const) : ('correction' as const),
      alert,
      by: `editor-${at}`,
    }))
    expect(changedSince(history, 2)).toEqual({
      version: 3,
      alert: sentAlert(three),
      changes: [{ version: 3, kind: 'correction', at: later, by: 'editor-2' }],
      differences: [
        { pointer: '/status', was: 'corrected', is: 'updated' },
        { pointer: '/level', was: 'urgent', is: 'flash' },
        { pointer: '/expiresAt', was: two.expiresAt, is: '2026-03-02T00:00:00.000Z' },
        { pointer: '/note/en', was: 'It was wrong.', is: null },
      ],
    })
    expect(changedSince(history, 1)?.changes.map(({ by }) => by)).toEqual(['editor-1', 'editor-2'])
    expect(changedSince(history, 1)?.differences).toContainEqual({
      pointer: '/texts/en/headline',
      was: 'Five killed',
      is: 'Four killed',
    })
    expect(differencesOf(one, two)).toContainEqual({ pointer: '/texts/en/image/alt', was: 'A street', is: null })
    expect(differencesOf(two, two)).toEqual([])
    // What came is a difference as well as what went: a field, a whole language, a note.
    expect(differencesOf(two, one)).toContainEqual({ pointer: '/texts/en/image/alt', was: null, is: 'A street' })
    const { fa, ...others } = one.texts
    expect(differencesOf({ ...one, texts: others }, { ...one, note: { fa: 'x' } })).toEqual([
      { pointer: '/texts/fa/headline', was: null, is: fa?.headline },
      { pointer: '/texts/fa/summary', was: null, is: fa?.summary },
      { pointer: '/note/fa', was: null, is: 'x' },
    ])
    expect(changedSince([], 1)).toBeNull()
  })
})

describe('a clock that steps back', () => {
  const early = '2026-03-01T06:00:00.000Z'

  test('dates nothing before what it follows', () => {
    const after = applyChange({ ...revision({}), at: early }, { ...before, changedAt: '2026-03-01T14:00:00.000Z' })
    expect(after).toMatchObject({ publishedAt: noon, changedAt: '2026-03-01T14:00:00.000Z' })
    expect(applyChange({ ...newAlert('x'), at: early }, null, noon)).toMatchObject({
      publishedAt: noon,
      changedAt: noon,
      expiresAt: '2026-03-01T13:00:00.000Z',
    })
    expect(applyChange({ ...revision({}), at: early }, before, later).changedAt).toBe(later)
    expect(applyChange(revision({}), before, noon).changedAt).toBe(later)
  })
})

test('an expiry is after now and within thirty days of it, to the millisecond', () => {
  const at = (ms: number) => new Date(Date.parse(noon) + ms).toISOString()
  const maxMs = alertLimits.expiresInSecondsMax * 1_000
  const expiring =
    (expiresAt: string): (() => Alert) =>
    () =>
      applyChange(newAlert('x', { expiresAt }), null)
  expect(expiring(at(1))().expiresAt).toBe(at(1))
  expect(expiring(at(maxMs))().expiresAt).toBe(at(maxMs))
  expect(refusalOf(expiring(at(0)))).toMatchObject({
    status: 400,
    code: 'already-expired',
    errors: [{ pointer: '/expiresAt' }],
  })
  expect(refusalOf(expiring(at(maxMs + 1)))).toMatchObject({
    status: 400,
    code: 'expires-too-late',
    errors: [{ pointer: '/expiresAt' }],
  })
  expect(refusalOf(expiring('9999-12-31T23:59:59.000Z')).code).toBe('expires-too-late')
})
