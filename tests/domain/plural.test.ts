import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { counted, plural } from '../../src/domain/plural.ts'
import { invalid } from '../../src/domain/problem.ts'
import { english } from '../../src/locales/locales.ts'
import { reachOf } from '../../src/web/desk/editing/desk-audience.ts'
import { setDeskWords } from '../../src/web/desk/state/desk-words.ts'
import { deskServer, tocsin } from '../support/processes/cli.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
/** One of a thing, in the plural: "1 pages", "1 more mistakes", "1 were". `s` alone is the unit. */
const one = /(?<![\d.,])1 (?:[a-z]+ )?(?:\w{2,}s|were|are|have)\b(?<! (?:was|is|has))/

test.each([
  [0, '0 open pages'],
  [1, '1 open page'],
  [2, '2 open pages'],
  [11, '11 open pages'],
  [21, '21 open pages'],
  [101, '101 open pages'],
  [1_234, '1,234 open pages'],
])('%s is told as “%s”', (count, told) => {
  expect(counted(count, 'open page')).toBe(told)
  expect(plural(count, 'is', 'are')).toBe(count === 1 ? 'is' : 'are')
})

test.each([
  ['1 pages', true],
  ['of 1 open pages', true],
  ['1 were gone', true],
  ['1 push of entry 1 is', false],
  ['11 pages', false],
  ['half within 1 s', false],
  ['1 was accepted', false],
  ['1,1 pages', false],
])('the look for “%s” works', (text, found) => {
  expect(one.test(text)).toBe(found)
})

test('the desk counts devices and pages in the singular where there is one', () => {
  setDeskWords({ language: 'en', dir: 'ltr', text: english.desk })
  const audience = { en: { push: 1, sockets: 0 }, fa: { push: 0, sockets: 1 } }
  expect(reachOf('urgent', { audience, socketsAtLeast: false })).toBe('1 device, 1 open page')
  expect(reachOf('urgent', { audience, socketsAtLeast: true })).toBe('1 device, at least 1 open page')
  expect(reachOf('routine', { audience, socketsAtLeast: false })).toBe('1 device, 1 open page, and the feeds')
})

test('one mistake too many to list is in the singular', () => {
  for (const left of [1, 2]) {
    const mistakes = Array.from({ length: 100 + left }, (_, at) => ({ pointer: `/${at}`, detail: 'Wrong.' }))
    const last = invalid('alert', mistakes).errors.at(-1)?.detail
    expect(last).toBe(
      left === 1 ? 'And 1 more mistake that is not listed.' : 'And 2 more mistakes that are not listed.',
    )
  }
})

test('one subscription is counted and exported in the singular', async () => {
  const counts = { total: 1, test: 1, languages: { en: 1 }, keys: {} }
  const server = await deskServer(({ path }) =>
    path.endsWith('/count') ? { status: 200, body: counts } : { status: 200, body: '{"endpoint":"x"}\n' },
  )
  clean(server.close)
  const env = { TOCSIN_URL: server.url, TOCSIN_KEY: 'secret' }
  for (const word of ['count', 'export']) {
    const { out, err } = await tocsin(['subscriptions', word], { env })
    expect([word, `${out}\n${err}`.match(one)]).toEqual([word, null])
    expect(`${out}${err}`).toContain('1 subscription')
  }
})

/** What stands before a plural in a sentence and is never one: a limit, or what has passed one. */
const neverOne =
  /(?:Max|Min|PerHour|Least|Bytes)$|^(?:headline|summary|length|href\.length|minutes|members\.length|number|gone|tried|taken|next|max|quoted\(first\))$/
const plurals =
  'alerts|readers|people|devices|pages|entries|connections|streams|subscriptions|addresses|pushes|hosts|keys|minutes|hours|days|editors|processes|languages|characters|mistakes|times|lines|bytes|checks|were|are|have'

test('no sentence of ours puts a number before a plural without a look whether it is one', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const sentence = new RegExp(`\\$\\{([^{}]*)\\} (?:more )?(?:${plurals})\\b`, 'g')
  const found = globSync('src/**/*.ts', { cwd: root }).flatMap((path) =>
    [...readFileSync(`${root}${path}`, 'utf8').matchAll(sentence)]
      .filter(([, counted = '']) => !neverOne.test(counted.trim()))
      .map(([text]) => `${path}: ${text}`),
  )
  expect(found).toEqual([])
})
