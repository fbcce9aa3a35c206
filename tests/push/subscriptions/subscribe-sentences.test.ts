import { expect, test } from 'vitest'
import { Problem } from '../../../src/domain/problem.ts'
import { parseStreamRequest } from '../../../src/protocol/stream-request.ts'
import { parsePreferences, subscribeExample, subscribeSchema } from '../../../src/push/subscriptions/subscribe.ts'
import { newsroom } from '../../support/samples.ts'

function mistakesOf(act: () => unknown): readonly string[] {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return error.errors.map(({ pointer, detail }) => `${pointer} ${detail}`)
    throw error
  }
  return []
}

const subscribing = (body: unknown) => mistakesOf(() => parsePreferences(subscribeSchema, body, { newsroom }))
const wanting = (interest: unknown) =>
  subscribing({ ...subscribeExample, interest: { languages: ['fa'], ...Object(interest) } })
const streaming = (query: string) => mistakesOf(() => parseStreamRequest(new URLSearchParams(query), newsroom, false))

test.each<[languages: unknown, given: string]>([
  ['fa', 'the string "fa"'],
  ['fa,en', 'the string "fa,en"'],
  ['', 'the string ""'],
  [[], 'an empty list'],
  [null, 'null'],
  [5, 'the number 5'],
  [{}, 'an object'],
  [true, 'true'],
  [Array(41).fill('fa'), 'a list of 41'],
])('languages %j: the sentence says what is wanted, a list or "*", and what was given', (languages, given) => {
  const wanted = 'A list of 1 to 40 language tags in order of preference, or "*" alone for all, is wanted'
  expect(wanting({ languages })[0]).toBe(`/interest/languages ${wanted}, not ${given}.`)
})

test('what is wrong inside of the list is told of it', () => {
  expect(wanting({ languages: [1] })).toEqual(['/interest/languages/0 A string is wanted, not the number 1.'])
  expect(wanting({ languages: ['fa', 'FA'] })).toEqual(['/interest/languages/1 "FA" is named twice; name it once.'])
})

test.each(['languages', 'topics'])('who means all %s is told how to say so, in a body and on a stream', (list) => {
  const how = { languages: '"*" stands alone, in place of a list.', topics: 'leave topics out.' }[list]
  const signs = list === 'topics' ? ['*', 'all'] : ['*']
  for (const sign of signs) {
    expect(wanting({ [list]: [sign] }).join()).toContain(how)
    expect(streaming(`${list}=${sign},x`).join()).toContain(how)
  }
  expect(wanting({ [list]: ['xx'] }).join()).toMatch(/There is no \w+ "xx".* known are [^.]+\.$/)
})

test('a list that is too long says how long it may be, and is', () => {
  const topics = Array.from({ length: 41 }, (_, nth) => `t${nth}`)
  const sentence = 'A list of at most 40 topics is wanted, not a list of 41.'
  expect(wanting({ topics })).toContain(`/interest/topics ${sentence}`)
  expect(streaming(`topics=${topics}`)).toContain(`/topics ${sentence}`)
})

test.each<[unknown, RegExp]>([
  [null, /^ An object is wanted, not null\.$/],
  [{}, /subscription This field is missing; an object is wanted\..*interest This field is missing/],
  [{ ...subscribeExample, interest: [] }, /interest An object is wanted, not an empty list\.$/],
  [{ ...subscribeExample, discreet: 'yes' }, /discreet True or false is wanted, not the string "yes"\.$/],
  [{ ...subscribeExample, audience: 'all' }, /audience One of "public", "test" is wanted, not the string "all"\.$/],
  [{ ...subscribeExample, language: 'fa' }, /language This field is not known here.* Known are subscription, interest/],
])('%j is told what was wrong and what is wanted', (body, sentence) => {
  expect(subscribing(body).join()).toMatch(sentence)
})

test('an unknown audience of a stream is named', () => {
  expect(streaming('audience=tests')).toEqual(['/audience The audience is public or test, not "tests".'])
})

test('no sentence repeats a key of a push address', () => {
  const keys = { p256dh: 'S3CRET-key', auth: 'S3CRET-auth' }
  const said = subscribing({ ...subscribeExample, subscription: { ...subscribeExample.subscription, keys } })
  expect(said).toHaveLength(2)
  expect(said.join()).not.toContain('S3CRET')
})
