import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDraft, parseRevision, render } from '../../src/domain/alert.ts'
import { Problem } from '../../src/domain/problem.ts'
import { runs } from '../support/effort.ts'
import { mistakesOf } from '../support/refusal.ts'
import { alertOf, newsroom } from '../support/samples.ts'

const good = { level: 'urgent', texts: { en: { headline: 'Headline' } } }

const pointersOf = (input: unknown) => mistakesOf(() => parseDraft(input, newsroom)).map(({ pointer }) => pointer)

test('the smallest alert gets the usual values', () => {
  expect(parseDraft(good, newsroom)).toEqual({
    level: 'urgent',
    topics: [],
    audience: 'public',
    texts: { en: { headline: 'Headline', summary: '' } },
  })
})

test('every mistake is reported at once, with a pointer to it', () => {
  const input = {
    level: 'big',
    texts: { en: { headline: '', url: 'http://x.example' }, xx: { headline: 'ok' } },
    topics: ['iran', 'nowhere'],
    expiresAt: 'tomorrow',
    bogus: 1,
  }
  expect(pointersOf(input).sort()).toEqual([
    '/bogus',
    '/expiresAt',
    '/level',
    '/texts/en/headline',
    '/texts/en/url',
    '/texts/xx',
    '/topics',
  ])
})

test.each([
  ['no body', undefined, ''],
  ['a list', [], ''],
  ['no texts', { level: 'flash' }, '/texts'],
  ['an empty record of texts', { level: 'flash', texts: {} }, '/texts'],
  ['an unknown language', { level: 'flash', texts: { xx: { headline: 'h' } } }, '/texts/xx'],
  ['a language in the wrong case', { level: 'flash', texts: { EN: { headline: 'h' } } }, '/texts/EN'],
  ['an unknown topic', { ...good, topics: ['x'] }, '/topics'],
  ['eleven topics', { ...good, topics: Array.from({ length: 11 }, (_, i) => `t${i}`) }, '/topics'],
  ['a headline of 201', { ...good, texts: { en: { headline: 'x'.repeat(201) } } }, '/texts/en/headline'],
  ['a headline of marks only', { ...good, texts: { en: { headline: '\u202e\u0000 ' } } }, '/texts/en/headline'],
  ['a summary of 1001', { ...good, texts: { en: { headline: 'x', summary: 'x'.repeat(1_001) } } }, '/texts/en/summary'],
  [
    'a link with a password',
    { ...good, texts: { en: { headline: 'x', url: 'https://a:b@x.example' } } },
    '/texts/en/url',
  ],
  ['a script as link', { ...good, texts: { en: { headline: 'x', url: 'javascript:alert(1)' } } }, '/texts/en/url'],
  ['a time without zone', { ...good, expiresAt: '2026-03-01T12:00:00' }, '/expiresAt'],
])('%s is refused', (_, input, pointer) => {
  expect(pointersOf(input)).toContain(pointer)
})

test('a headline of 200 astral characters is taken, and lengths count code points', () => {
  const headline = '🔔'.repeat(200)
  expect(parseDraft({ ...good, texts: { en: { headline } } }, newsroom).texts.en?.headline).toBe(headline)
})

test('times are brought to UTC with milliseconds', () => {
  expect(parseDraft({ ...good, expiresAt: '2026-03-01T15:30:00+03:30' }, newsroom).expiresAt).toBe(
    '2026-03-01T12:00:00.000Z',
  )
})

test('a correction and a retraction without a note are refused; an update that changes nothing too', () => {
  expect(mistakesOf(() => parseRevision('correction', { texts: good.texts }, newsroom))[0]?.pointer).toBe('/note')
  expect(mistakesOf(() => parseRevision('retraction', {}, newsroom))[0]?.pointer).toBe('/note')
  expect(mistakesOf(() => parseRevision('retraction', { note: {} }, newsroom))[0]?.pointer).toBe('/note')
  expect(mistakesOf(() => parseRevision('update', {}, newsroom))[0]?.detail).toContain('changes nothing')
})

test('a rendered alert has one text in the place of all, with its direction and its own note only', () => {
  const alert = alertOf({ note: { en: 'Wrong name.' } })
  expect(render(alert, 'fa', newsroom)).toMatchObject({ language: 'fa', dir: 'rtl', headline: 'یک تیتر' })
  expect(render(alert, 'fa', newsroom)).not.toHaveProperty('note')
  expect(render(alert, 'fa', newsroom)).not.toHaveProperty('texts')
  expect(render(alert, 'en', newsroom)).toMatchObject({ note: 'Wrong name.' })
})

test('anything at all is either parsed or refused with a Problem, and what is parsed parses again to the same', () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.record(
      {
        level: fc.oneof(fc.constantFrom('flash', 'urgent', 'routine'), fc.anything()),
        topics: fc.oneof(fc.subarray(['iran', 'ukraine']), fc.anything()),
        texts: fc.oneof(
          fc.dictionary(
            fc.constantFrom('en', 'fa', '__proto__', 'constructor', 'xx'),
            fc.record({
              headline: fc.string({ unit: 'binary', maxLength: 300 }),
              summary: fc.string({ unit: 'binary' }),
            }),
          ),
          fc.constant({ fa: { headline: 'تیتر' } }),
          fc.anything(),
        ),
        audience: fc.constantFrom('public', 'test', 'all'),
      },
      { requiredKeys: ['level', 'texts'] },
    ),
  )
  let parsed = 0
  fc.assert(
    fc.property(anything, (input) => {
      try {
        const draft = parseDraft(input, newsroom)
        parsed += 1
        expect(parseDraft(structuredClone(draft), newsroom)).toEqual(draft)
      } catch (error) {
        expect(error).toBeInstanceOf(Problem)
        expect((error as Problem).status).toBe(400)
      }
    }),
    { numRuns: runs(2_000) },
  )
  expect(parsed).toBeGreaterThan(0)
})
