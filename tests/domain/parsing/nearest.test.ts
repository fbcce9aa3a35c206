import { describe, expect, test } from 'vitest'
import { nearest } from '../../../src/domain/parsing/nearest.ts'

describe('the nearest word, by beginning or by distance', () => {
  const known = ['languages', 'topics', 'level', 'audience', 'after', 'limit', 'dryRun']
  test.each([
    ...[
      ['language', 'languages'],
      ['langs', 'languages'],
      ['lang', 'languages'],
      ['LANGUAGES', 'languages'],
    ],
    ...[
      ['topic', 'topics'],
      ['levels', 'level'],
      ['Limit', 'limit'],
      ['dry_run', 'dryRun'],
      ['afer', 'after'],
    ],
  ] as [string, string][])('of %s is %s', (asked, meant) => {
    expect(nearest(asked, known, { beginnings: true })).toBe(meant)
  })
  test.each(['bogus', 'x', '', '__proto__', 'callback', 'utm_source', '😀', 'e'])('of %j is none', (asked) => {
    expect(nearest(asked, known, { beginnings: true })).toBeUndefined()
  })
})

describe('the nearest word, by distance alone', () => {
  const known = ['press-freedom', 'iran', 'human-rights', 'DATA_DIR']
  test.each([
    ['Press Freedom', 'press-freedom'],
    ['pres-freedon', 'press-freedom'],
    ['irna', 'iran'],
    ['ira', 'iran'],
    ['DATADIRS', 'DATA_DIR'],
  ])('of %s is %s', (typed, meant) => {
    expect(nearest(typed, known)).toBe(meant)
  })
  test.each(['press', 'human', 'ir', '', '---', 'x'.repeat(1_000)])('of %j is none', (typed) => {
    expect(nearest(typed, known)).toBeUndefined()
  })
  test('is none beyond the greatest distance that is asked for', () => {
    expect(nearest('pres-freedon', known, { distanceMax: 2 })).toBe('press-freedom')
    expect(nearest('pres-freedon', known, { distanceMax: 1 })).toBeUndefined()
  })
})
