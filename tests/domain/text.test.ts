import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanText, dirOf, graphemes, scriptFits, scriptOf, textWarnings } from '../../src/domain/text.ts'
import { runs } from '../support/effort.ts'

test.each([
  ['control characters go', 'a\u0000b\u0007c\u009f', 'abc'],
  ['line breaks become one space', 'a\r\n\tb\u2028c', 'a b c'],
  ['a lone override goes', 'abc\u202edef', 'abcdef'],
  ['a lone end goes', 'abc\u2069def\u202c', 'abcdef'],
  ['a pair stays', '\u2067متن\u2069 x', '\u2067متن\u2069 x'],
  ['crossed pairs lose the one that is crossed', '\u2067a\u202bb\u2069c', 'abc'],
  ['joiners stay', 'می\u200cخواهم', 'می\u200cخواهم'],
  ['noncharacters go', 'a\ufdd0b\ufdefc\ufffed\uffffe\u{1fffe}f\u{1ffff}g\u{10ffff}', 'abcdefg'],
  [
    'what stands beside the noncharacters stays',
    '\ufdcf\ufdf0\ufffd\u{1fffd}\u{20000}',
    '\ufdcf\ufdf0\ufffd\u{1fffd}\u{20000}',
  ],
  ['lone surrogates are replaced', 'a\ud800b', 'a\ufffdb'],
])('%s', (_, dirty, clean) => {
  expect(cleanText(dirty)).toBe(clean)
})

test('cleaning is done after once, and leaves every bidirectional mark with its partner', () => {
  const hostile = fc.string({
    unit: fc.constantFrom(
      'a',
      'ب',
      ' ',
      '\n',
      '\u0001',
      '\u202a',
      '\u202e',
      '\u202c',
      '\u2066',
      '\u2068',
      '\u2069',
      '👩‍👧',
    ),
  })
  fc.assert(
    fc.property(hostile, (text) => {
      const clean = cleanText(text)
      expect(cleanText(clean)).toBe(clean)
      const opens = clean.match(/[\u202a\u202b\u202d\u202e\u2066-\u2068]/g)?.length ?? 0
      expect(clean.match(/[\u202c\u2069]/g)?.length ?? 0).toBe(opens)
    }),
    { numRuns: runs(2_000) },
  )
})

test('lengths are what a person counts', () => {
  expect(graphemes('👩‍👩‍👧é می‌خواهم')).toBe(10)
})

test('direction and script come from the tag', () => {
  expect(['fa', 'prs', 'ps', 'ur', 'ar', 'ug', 'he'].map(dirOf)).toEqual(Array(7).fill('rtl'))
  expect(['en', 'ru', 'sr-Latn', 'crh', 'ka', 'hy'].map(dirOf)).toEqual(Array(6).fill('ltr'))
  expect(scriptOf('sr')).toBe('Cyrl')
  expect(scriptOf('sr-Latn')).toBe('Latn')
})

test('a text in the wrong script is noticed, names within it are not', () => {
  expect(scriptFits('Taliban keep ties', 'Arab')).toBe(false)
  expect(scriptFits('طالبان روابط خود را با NATO حفظ می‌کند', 'Arab')).toBe(true)
  expect(scriptFits('2026 — 10%', 'Arab')).toBe(true)
  expect(scriptFits('東京で地震', 'Jpan')).toBe(true)
})

test('long and misplaced texts are warned of', () => {
  const warnings = textWarnings('fa', { headline: 'x'.repeat(61), summary: 'y'.repeat(121) }, 'Arab')
  expect(warnings.map(({ pointer }) => pointer)).toEqual([
    '/texts/fa/headline',
    '/texts/fa/summary',
    '/texts/fa/headline',
  ])
  expect(textWarnings('en', { headline: 'x'.repeat(60), summary: 'y'.repeat(120) }, 'Latn')).toEqual([])
})
