import { expect, test } from 'vitest'
import { type Interest, matches } from '../../src/domain/interest.ts'
import { parseNewsroom } from '../../src/domain/newsroom.ts'
import { droppedInterestsLine, withNamesOf } from '../../src/domain/newsroom-dropped.ts'
import type { PushMessage } from '../../src/push/send/send-push.ts'
import { sendTestPush } from '../../src/push/send/test-push.ts'
import { remainingPreferences } from '../../src/web/shared/preferences.ts'
import { makeAlert, makeInterest } from '../support/push/push-deps.ts'

const newsroom = parseNewsroom({
  name: 'Radio Example',
  languages: [{ tag: 'en' }, { tag: 'sr-Latn' }],
  topics: [
    { id: 'rights', labels: {} },
    { id: 'floods', labels: {} },
  ],
})
const preferences = {
  languages: ['en', 'sr-Latn'],
  topics: ['rights', 'floods'],
  level: 'urgent',
  discreet: false,
} as const

type Wishes = readonly (readonly [Partial<Interest>, number])[]

test.each<[string, Wishes, RegExp | null]>([
  ['nobody', [[{}, 3]], null],
  ['whoever wishes for all', [[{ languages: '*', topics: [] }, 3]], null],
  [
    'one of a topic',
    [
      [{ topics: ['rights', 'tennis'] }, 1],
      [{}, 4],
    ],
    /^1 subscription wishes for .*\(the topic "tennis"\)/,
  ],
  [
    'some of languages and topics, each name once',
    [
      [{ languages: ['fa', 'en'], topics: ['tennis'] }, 2],
      [{ languages: ['fa'] }, 5],
      [{ languages: ['sr-latn'] }, 9],
    ],
    /^7 subscriptions wish for .*\(the language "fa", the topic "tennis"\)/,
  ],
])('what is wished for and the newsroom has no more is told at the start: %s', (_, wishes, line) => {
  const told = droppedInterestsLine(
    newsroom,
    wishes.map(([more, count]) => ({ interest: makeInterest(more), count })),
  )
  if (line === null) expect(told).toBeNull()
  else expect(told).toMatch(line)
})

test('an interest in dropped names only never becomes an interest in everything', () => {
  const about = (topics: readonly string[]) => makeAlert(0, { topics })
  const tennis = makeInterest({ topics: ['tennis'] })
  expect(matches(tennis, about(['rights']))).toBeNull()
  expect(matches(tennis, about([]))).toBe('en')
  expect(matches(makeInterest({ languages: ['tk'] }), about([]))).toBeNull()
  expect(remainingPreferences({ ...preferences, topics: ['tennis'] }, newsroom)).toBeNull()
  expect(remainingPreferences({ ...preferences, languages: ['tk'] }, newsroom)).toBeNull()
})

test('what is left of an interest keeps its order, its level and its discretion', () => {
  expect(remainingPreferences(preferences, newsroom)).toEqual(preferences)
  expect(remainingPreferences({ ...preferences, topics: [] }, newsroom)).toEqual({ ...preferences, topics: [] })
  const mixed = {
    languages: ['tk', 'sr-Latn', 'fa', 'en'],
    topics: ['floods', 'tennis'],
    level: 'flash',
    discreet: true,
  } as const
  expect(remainingPreferences(mixed, newsroom)).toEqual({ ...mixed, languages: ['sr-Latn', 'en'], topics: ['floods'] })
})

test('a newsroom with the names of an interest has each of them once', () => {
  const known = withNamesOf(newsroom, { languages: ['fa', 'en'], topics: ['tennis', 'rights'] })
  expect(known.languages.map(({ tag, dir }) => `${tag} ${dir}`)).toEqual(['en ltr', 'sr-Latn ltr', 'fa rtl'])
  expect(known.topics.map(({ id }) => id)).toEqual(['rights', 'floods', 'tennis'])
  expect(withNamesOf(newsroom, { languages: '*', topics: [] })).toEqual(newsroom)
})

test.each([
  [['fa', 'sr-Latn', 'en'], 'sr-Latn'],
  [['fa', 'tk'], 'en'],
  ['*' as const, 'en'],
  [['en'], 'en'],
])('a reader of %j who tests is led to a page that is there: %s', async (languages, page) => {
  const messages: PushMessage[] = []
  const deps = {
    subscriptions: {
      get: async () => ({ id: 's', endpoint: 'https://push.example/1', interest: makeInterest({ languages }) }),
    },
    sendPush: {
      deliver: async (message: PushMessage) => {
        messages.push(message)
        return { decision: { act: 'accepted' }, sealed: null }
      },
    },
    topic: async (name: string) => name,
    payloadDeps: { newsroom, publicUrl: 'https://news.example', epoch: 'e' },
    now: () => 0,
  } as unknown as Parameters<typeof sendTestPush>[0]
  expect(await sendTestPush(deps, 's', 'token')).toBe('sent')
  const { notification } = JSON.parse(new TextDecoder().decode(messages[0]?.payload))
  expect(notification).toMatchObject({ navigate: `https://news.example/${page}/`, lang: page })
})
