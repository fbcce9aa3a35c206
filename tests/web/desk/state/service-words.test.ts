import { globSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deskLanguages, english, localeOf } from '../../../../src/locales/locales.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { inEnglish, mistakeWords, problemWords } from '../../../../src/web/desk/state/service-words.ts'
import { codesOfSource } from '../../../support/http/problem-codes.ts'

const inLanguage = (tag: string) => setDeskWords({ language: tag, dir: 'rtl', text: { ...localeOf(tag).desk } })
afterEach(() => setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } }))

/** Refusals that the desk's page never gets: to streams and sockets of readers, for their feeds and subscriptions, and to operators' programs. */
const notOfTheDesk = new Set([
  ...['binary-message', 'unknown-message', 'message-too-large', 'extensions-too-large', 'handshake-key'],
  ...['malformed-subprotocol', 'unknown-subprotocol', 'upgrade-required', 'unknown-version', 'unknown-audience'],
  ...['cursor-malformed', 'test-audience', 'no-such-feed', 'no-such-subscription', 'too-many-subscriptions'],
  ...['too-many-tests', 'metrics-key', 'not-ready', 'not-lines', 'too-many-lines', 'target-unreadable'],
  ...['host-header', 'malformed-target', 'transfer-coding', 'http-version', 'no-proxy', 'range', 'unknown-expectation'],
])
const allProblems = [...new Set(codesOfSource().map((entry) => entry.split(' ')[1] ?? ''))]
const problems = allProblems.filter((code) => !notOfTheDesk.has(code))

/** The codes of warnings and mistakes, as the source writes them. */
const mistakes = [
  ...new Set(
    globSync('src/{domain,desk,log,http}/**/*.ts').flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /\b(?:code|too_small|too_big): '(?!custom')([a-z-]+)'|\b(?:warn\(\s*'\w+',|wrong\(|issueOf\(\s*text,|found\.push\(\[)\s*'([a-z-]+)'/g,
        ),
      ].map(([, one, other = '']) => one ?? other),
    ),
  ),
]

test('the codes are found in the source', () => {
  expect(problems).toEqual(
    expect.arrayContaining(['paused', 'item-changed', 'already-expired', 'wrong-key', 'invalid']),
  )
  expect([...notOfTheDesk].filter((code) => !allProblems.includes(code))).toEqual([])
  const some = ['link-escaped', 'note-missing', 'hold-too-short', 'headline-long', 'no-link', 'too-small', 'missing']
  expect(mistakes).toEqual(expect.arrayContaining(some))
})

describe.each(deskLanguages.filter((tag) => tag !== 'en'))('at the desk in %s', (tag) => {
  beforeEach(() => inLanguage(tag))

  test('every refusal and every warning of the desk’s routes has words', () => {
    const isEnglish = (words: string) => words === inEnglish('Detail.')
    const wordless = [
      ...problems.filter((code) => isEnglish(problemWords({ code, detail: 'Detail.' }))),
      ...mistakes.filter((code) => isEnglish(mistakeWords({ code, detail: 'Detail.', pointer: '' }))),
    ]
    expect(wordless).toEqual([])
  })

  test.each([
    ['item-changed', { item: { lastAct: { act: 'save', by: { id: 'a', name: 'Ana' } }, changedBy: { name: 'Bo' } } }],
    ['item-state', { item: { changedBy: { id: 'a', name: 'Ana' } } }],
    ['item-published', { item: { lastAct: { act: 'approve', by: { id: 'a', name: 'Ana' } } } }],
    ['item-locked', { lockedBy: { id: 'a', name: 'Ana' }, item: { changedBy: { name: 'Bo' } } }],
    ['alert-changed', { changes: [{ by: 'Bo' }, { by: 'Ana' }] }],
    ['alert-retracted', { changes: [{ by: 'Ana' }] }],
    ['alert-retracted', { by: 'Ana', at: '2026-03-01T12:00:00.000Z' }],
  ])('%s names the colleague who came first', (code, told) => {
    expect(problemWords({ code, detail: 'Detail.', ...told })).toContain('\u2068Ana\u2069')
  })

  test.each([
    ['item-published', { item: { lastAct: { act: 'release', by: null }, changedBy: { name: 'Ana' } } }],
    ['alert-retracted', { changes: [{ by: null }] }],
    ['alert-retracted', { by: null }],
    ['item-changed', {}],
  ])('%s names nobody where nobody is known: %j', (code, told) => {
    const words = problemWords({ code, detail: 'Detail.', ...told })
    expect(words).toBe(problemWords({ code, detail: 'Detail.' }))
    expect(words).not.toMatch(/Ana|\{/)
  })

  test('what it has no words for is in the words of the service, isolated', () => {
    expect(problemWords({ code: 'of-a-newer-service', detail: 'Wait.' })).toBe('\u2066Wait.\u2069')
    expect(mistakeWords({ pointer: '/name', detail: 'It is missing.' })).toBe('\u2066It is missing.\u2069')
    expect(mistakeWords({ pointer: '', code: 'of-a-newer-service', detail: 'Wait.' })).toBe('\u2066Wait.\u2069')
  })

  test('a warning names the language that its pointer names, and the service’s sentence where that says more', () => {
    const words = mistakeWords({ pointer: '/texts/ru/url', code: 'link-escaped', detail: 'The link holds &amp;.' })
    expect(words).toContain('ru')
    expect(words).toContain('\u2066The link holds &amp;.\u2069')
  })
})

test('at the English desk the service speaks for itself', () => {
  expect(problemWords({ code: 'paused', detail: 'Publishing is paused (fa).' })).toBe('Publishing is paused (fa).')
})
