import { expect, test } from 'vitest'
import { helpPage } from '../../../../src/http/pages/help-page.ts'
import { wordsIn } from '../../../../src/http/pages/page-words.ts'
import { type Trouble, troubleOf } from '../../../../src/web/reader/push/push-trouble.ts'
import { NotKept, Refusal } from '../../../../src/web/shared/push-subscription.ts'
import { newsroomOfPages } from '../../../support/browser/pages-deps.ts'
import { codesOfSource } from '../../../support/http/problem-codes.ts'

const named = (name: string) => Object.assign(new Error('no'), { name })
const refused = (status: number, code: string) => new Refusal('it', { status, body: { code } })

test.each<[unknown, Trouble]>([
  [new NotKept('nothing'), 'not-kept'],
  [named('NotAllowedError'), 'denied'],
  [named('AbortError'), 'unreachable'],
  [named('NetworkError'), 'unreachable'],
  [new TypeError('Failed to fetch'), 'offline'],
  [new Error('no answer within 10000 ms'), 'offline'],
  [null, 'offline'],
  [refused(400, 'endpoint-refused'), 'refused'],
  [refused(400, 'key-refused'), 'refused'],
  [refused(429, 'too-many-subscriptions'), 'too-many'],
  [refused(429, 'too-many-from-here'), 'too-many'],
  [refused(503, 'too-many-at-once'), 'too-many'],
  [refused(503, 'cannot-store'), 'server'],
  [refused(400, 'invalid'), 'server'],
  [refused(413, 'body-too-large'), 'server'],
  [refused(502, ''), 'server'],
  [new Refusal('it', { status: 502, body: '<html>' }), 'server'],
])('%s means %s', (error, trouble) => {
  expect(troubleOf(error)).toBe(trouble)
})

test('the codes that are told apart are the service’s own, and each trouble has its part of the help page', () => {
  const codes = codesOfSource().map((it) => it.split(' ')[1])
  expect(codes).toEqual(expect.arrayContaining(['endpoint-refused', 'key-refused', 'too-many-at-once']))
  const page = String(helpPage({ newsroom: newsroomOfPages, words: wordsIn('fa'), origin: 'https://alerts.example' }))
  const parts = [
    'unreachable',
    'refused',
    'too-many',
    'server',
    'not-kept',
    'dismissed',
    'test-nothing',
    'private',
    'unsupported',
    'home-screen',
    'old-iphone',
  ]
  const ways = [
    'chrome-android',
    'chrome',
    'edge',
    'firefox',
    'firefox-android',
    'samsung',
    'safari',
    'iphone',
    'other',
  ]
  for (const id of [...parts, ...ways.map((way) => `blocked-${way}`)]) expect(page).toContain(` id="${id}"`)
})
