import fc from 'fast-check'
import { expect, test } from 'vitest'
import { interestKey, interestQuery, matches, parseInterest, parseInterestQuery } from '../../src/domain/interest.ts'
import { Problem } from '../../src/domain/problem.ts'
import { runs } from '../support/effort.ts'
import { alertOf, everything, newsroom, someAlert, someInterest } from '../support/samples.ts'

const given = { level: 'routine', audience: 'public' } as const

test('nothing asked for is everything', () => {
  expect(parseInterestQuery({}, newsroom, given)).toEqual(everything)
})

test('languages keep their order and lose repeats and case; topics are sorted', () => {
  const interest = parseInterestQuery(
    { languages: 'SR-latn,fa,FA', topics: 'ukraine,iran', level: 'flash' },
    newsroom,
    given,
  )
  expect(interest).toEqual({
    audience: 'public',
    languages: ['sr-Latn', 'fa'],
    topics: ['iran', 'ukraine'],
    level: 'flash',
  })
})

test('unknown languages and topics are refused together, naming the known ones', () => {
  const act = () => parseInterestQuery({ languages: 'fa,tlh', topics: 'sports' }, newsroom, given)
  expect(act).toThrow(Problem)
  try {
    act()
  } catch (error) {
    const { errors } = error as Problem
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/languages', '/topics'])
    expect(errors[0]?.detail).toContain('"tlh"')
    expect(errors[0]?.detail).toContain('fa, prs')
  }
})

test('a reader is sent the first of their languages that the alert has', () => {
  const alert = alertOf()
  expect(matches({ ...everything, languages: ['ru', 'fa', 'en'] }, alert)).toBe('fa')
  expect(matches({ ...everything, languages: ['ru'] }, alert)).toBeNull()
  expect(matches(everything, alert)).toBe('*')
})

test('a language that is a property of every object is still no language of the alert', () => {
  expect(matches({ ...everything, languages: ['constructor', '__proto__'] }, alertOf())).toBeNull()
})

test('the desk is sent both audiences, and is another interest than either', () => {
  const tests = { ...everything, audience: 'test' } as const
  const desk = { ...tests, isDesk: true }
  for (const audience of ['public', 'test'] as const) expect(matches(desk, alertOf({ audience }))).toBe('*')
  expect(new Set([everything, tests, desk].map(interestKey)).size).toBe(3)
})

test('the audiences never mix, and level and topics bound what is sent', () => {
  fc.assert(
    fc.property(someInterest, someAlert, (interest, more) => {
      const alert = alertOf(more)
      const language = matches(interest, alert)
      if (language === null) return
      expect(alert.audience).toBe(interest.audience)
      if (interest.level === 'flash') expect(alert.level).toBe('flash')
      if (language !== '*') expect(Object.keys(alert.texts)).toContain(language)
    }),
  )
})

test('interests with one key match alike, and the query of an interest parses to it again', () => {
  fc.assert(
    fc.property(someInterest, someInterest, someAlert, (one, two, more) => {
      if (interestKey(one) === interestKey(two)) expect(matches(one, alertOf(more))).toBe(matches(two, alertOf(more)))
      const query = Object.fromEntries(new URLSearchParams(interestQuery(one)))
      expect(parseInterestQuery(query, newsroom, { level: 'urgent', audience: one.audience })).toEqual(one)
    }),
  )
})

test('any input is parsed or refused with a Problem', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), fc.string(), (body, languages, topics) => {
      for (const act of [
        () => parseInterest(body, newsroom, given),
        () => parseInterestQuery({ languages, topics }, newsroom, given),
      ])
        try {
          act()
        } catch (error) {
          expect(error).toBeInstanceOf(Problem)
        }
    }),
    { numRuns: runs(1_000) },
  )
})
