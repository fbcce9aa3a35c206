import { expect, test } from 'vitest'
import * as z from 'zod'
import { parseDraft } from '../../../src/domain/alert.ts'
import { parseInterest, parseInterestQuery } from '../../../src/domain/interest.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { parse } from '../../../src/domain/parsing/parse.ts'
import { invalid, mistakesFor } from '../../../src/domain/problem.ts'
import { refusalOf } from '../../support/refusal.ts'

/** As many topics as a newsroom may have. */
const newsroom = parseNewsroom({
  name: 'Large',
  languages: [{ tag: 'en' }, { tag: 'fa' }],
  topics: Array.from({ length: 200 }, (_, at) => ({ id: `topic-number-${at}`, labels: { en: `Topic ${at}` } })),
})
const given = { level: 'routine', audience: 'public' } as const
const many = Array.from({ length: 7_000 }, (_, at) => `a${at}`)
const named = Object.fromEntries(many.map((name) => [name, 1]))

test('sentences are made for as many mistakes as are reported, and all are counted', () => {
  let made = 0
  const mistakes = mistakesFor(many, (name) => {
    made += 1
    return { pointer: `/${name}`, detail: 'Wrong.' }
  })
  expect([made, mistakes.length]).toEqual([100, many.length])
  const { errors, message } = invalid('list', mistakes)
  expect(errors).toHaveLength(101)
  expect(errors.at(0)).toEqual({ pointer: '/a0', detail: 'Wrong.' })
  expect(errors.at(99)).toEqual({ pointer: '/a99', detail: 'Wrong.' })
  expect(errors.at(-1)?.detail).toBe('And 6,900 more mistakes that are not listed.')
  expect(message).toContain('(and 6999 more, see errors)')
})

test.each<[string, () => unknown]>([
  ['unknown fields', () => parse(z.strictObject({ key: z.string() }), named, 'sign-in')],
  ['unknown fields, none known', () => parse(z.strictObject({}), named, 'body')],
  ['topics in an address', () => parseInterestQuery({ topics: many.join() }, newsroom, given)],
  ['languages in an address', () => parseInterestQuery({ languages: many.join() }, newsroom, given)],
  ['topics in a wish', () => parseInterest({ topics: many }, newsroom, given)],
  ['languages and topics in a wish', () => parseInterest({ languages: many, topics: many }, newsroom, given)],
  [
    'topics of an alert',
    () => parseDraft({ level: 'flash', texts: { en: { headline: 'x' } }, topics: many }, newsroom),
  ],
  ['texts of an alert', () => parseDraft({ level: 'flash', texts: named }, newsroom)],
  ['notes of an alert', () => parseDraft({ level: 'flash', texts: {}, note: named }, newsroom)],
])('thousands of %s are refused in few words: each but the last names what is wrong', (_, act) => {
  const { status, errors } = refusalOf(act)
  expect(status).toBe(400)
  expect(errors).toHaveLength(101)
  expect(errors.at(-1)?.detail).toMatch(/^And \d{1,2},\d{3} more mistakes/)
  for (const { detail } of errors) expect(detail.length).toBeGreaterThan(10)
  expect(JSON.stringify(errors).length).toBeLessThan(100_000)
})

test('of 200 topics a refusal names forty and how many more there are; of forty all', () => {
  const of = (count: number) => ({ ...newsroom, topics: newsroom.topics.slice(0, count) })
  const told = (count: number) => refusalOf(() => parseInterest({ topics: ['x'] }, of(count), given)).errors[0]?.detail
  expect(told(200)).toMatch(/topic-number-39 and 160 more\.$/)
  expect(told(41)).toMatch(/topic-number-39 and 1 more\.$/)
  expect(told(40)).toMatch(/topic-number-38, topic-number-39\.$/)
  expect(told(0)).toMatch(/known are none\.$/)
})
