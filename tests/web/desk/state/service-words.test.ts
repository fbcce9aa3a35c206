import { globSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { auditActs } from '../../../../src/desk/audit.ts'
import { formatsOf } from '../../../../src/domain/writing/formats.ts'
import { deskLanguages, english, localeOf } from '../../../../src/locales/locales.ts'
import { listed, setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { inEnglish, mistakeWords, problemWords } from '../../../../src/web/desk/state/service-words.ts'
import { realMistakes as real } from '../../../support/desk/real-mistakes.ts'
import { codesOfSource } from '../../../support/http/problem-codes.ts'

const inLanguage = (tag: string) =>
  setDeskWords({ language: tag, dir: 'rtl', text: { ...localeOf(tag).desk }, formats: formatsOf({ tag }) })
afterEach(() => setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } }))

/** Refusals that the desk's page never gets: to streams and sockets of readers, for their feeds and subscriptions, and to operators' programs. */
const notOfTheDesk = new Set([
  ...['binary-message', 'unknown-message', 'message-too-large', 'extensions-too-large', 'handshake-key'],
  ...['malformed-subprotocol', 'unknown-subprotocol', 'upgrade-required', 'unknown-version', 'unknown-audience'],
  ...[
    'cursor-malformed',
    'test-audience',
    'no-such-feed',
    ...['no-such-bundle', 'not-signed-yet', 'key-not-published'],
    'no-such-subscription',
    'too-many-subscriptions',
  ],
  ...['too-many-tests', 'metrics-key', 'not-ready', 'not-lines', 'too-many-lines', 'target-unreadable'],
  ...['host-header', 'malformed-target', 'transfer-coding', 'http-version', 'no-proxy', 'range', 'unknown-expectation'],
  ...['budget-out-of-range', 'heartbeat-out-of-range'],
  // Of subscribers of feeds.
  ...['not-form', 'too-many-of-host', 'hub-full'],
])
const allProblems = [...new Set(codesOfSource().map((entry) => entry.split(' ')[1] ?? ''))]
const problems = allProblems.filter((code) => !notOfTheDesk.has(code))

/** Functions of the source that make a mistake of a code, and what they write before it. */
const makers: Readonly<Record<string, string>> = {
  ...{ warn: '', wrong: '', issueOf: '', push: '' },
  ...{ fault: 'address-', the: 'article-language-', remark: 'article-link-' },
}

/** The codes of warnings and mistakes, as the source writes them. */
const mistakes = [
  ...new Set(
    globSync('src/{domain,desk,log,http}/**/*.ts').flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /\b(?:code|too_small|too_big): '(?!custom')([a-z-]+)'|\b(warn|wrong|issueOf|push|fault|the|remark)\(\[?(?:\s*(?:'\w+'|text),)?\s*'([a-z-]+)',/g,
        ),
      ].map(([, one, maker = '', other = '']) => one ?? `${makers[maker]}${other}`),
    ),
  ),
]

/** Of the newsroom's file, of the addresses that programs write, and of readers: no editor reads them. */
const notShown = [
  ...[
    'src/domain/newsroom-names.ts',
    'src/domain/templates/newsroom-templates.ts',
    'src/http/api/desk/audit-routes.ts',
  ],
  ...['src/http/api/desk/items/item-routes.ts', 'src/http/api/desk/article-routes.ts'],
  ...['src/domain/interest.ts', 'src/domain/parsing/json.ts'],
  // They pass on the codes of others, and count mistakes that are not listed.
  ...['src/domain/parsing/parse.ts', 'src/domain/problem.ts'],
]

/** The text of the object literal around a position, without what is nested in it. */
function objectAround(source: string, at: number): string {
  let start = at
  for (let depth = 0; start > 0; start -= 1) {
    if (source[start] === '}') depth += 1
    if (source[start] === '{' && depth-- === 0) break
  }
  let text = ''
  for (let end = start + 1, depth = 1; end < source.length && depth > 0; end += 1) {
    if (source[end] === '{') depth += 1
    if (source[end] === '}') depth -= 1
    if (depth === 1) text += source[end]
  }
  return text
}

/** Mistakes that the source writes without a code, by file and line: nobody could say them in another language. */
function codelessMistakes(): readonly string[] {
  return globSync('src/{domain,desk,log,http}/**/*.ts')
    .filter((file) => !notShown.includes(file))
    .flatMap((file) => {
      const source = readFileSync(file, 'utf8')
      return [...source.matchAll(/\bdetail:/g)].flatMap(({ index }) => {
        const object = objectAround(source, index)
        const isType = /\b(?:readonly|z\.)/.test(object)
        const isMistake = /\b(?:pointer|part)\b/.test(object) && !isType
        // An empty sentence stands for one of many that are counted only.
        const says = /\bcode\b/.test(object) || object.includes("detail: ''")
        return isMistake && !says ? [`${file}:${source.slice(0, index).split('\n').length}`] : []
      })
    })
}

/** Problems whose words end in the service's own sentence, for the operators to whom editors pass it on. */
const quoting = ['page', 'foreign-origin', 'cannot-store', 'cannot-read', 'push-secret', 'push', 'invalid']

test('every mistake that an editor may read has a code', () => {
  expect(codelessMistakes()).toEqual([])
})

test('the codes are found in the source', () => {
  expect(problems).toEqual(
    expect.arrayContaining(['paused', 'item-changed', 'already-expired', 'wrong-key', 'invalid']),
  )
  expect([...notOfTheDesk].filter((code) => !allProblems.includes(code))).toEqual([])
  const made = ['address-no-host', 'article-language-several', 'article-link-none', 'template-left-out', 'no-note']
  expect(mistakes).toEqual(expect.arrayContaining(made))
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

  test('every act of the audit log has words', () => {
    const { desk = {} } = localeOf(tag)
    expect(auditActs.filter((act) => !Object.hasOwn(desk, `audit_${act}`))).toEqual([])
  })

  test('no words end in an English sentence of the service, but those that operators are told', () => {
    const ending = Object.entries(localeOf(tag).desk ?? {}).filter(([, words]) => words.includes('{detail}'))
    const names = ending.map(([key]) => key).filter((key) => /^(?:problem|mistake)_/.test(key))
    expect(names.filter((key) => !quoting.includes(key.replace('problem_', '')))).toEqual([])
  })

  test.each(Object.entries(real))(
    '%s are told without the service’s sentences, and with their names and numbers',
    async (_, make) => {
      const made = await make()
      expect(made.length).toBeGreaterThan(0)
      for (const mistake of made) {
        const words = mistakeWords(mistake)
        expect([mistake.code, words]).toEqual([mistake.code, expect.not.stringMatching(/[{}]/)])
        expect(words).not.toContain(mistake.detail)
      }
    },
  )

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

  test('a warning names the language that its pointer names, and what its values say', () => {
    const said = { pointer: '/texts/ru/url', code: 'link-escaped', detail: 'The link holds &amp;.' }
    const words = mistakeWords({ ...said, values: { piece: '&amp;' } })
    expect(words).toContain('\u2068ru\u2069')
    expect(words).toContain('\u2068&amp;\u2069')
    expect(words).not.toContain('holds')
  })
})

test('an item’s refusal tells each of its mistakes, and a list is written as the language writes it', () => {
  inLanguage('fa')
  const errors = [
    { pointer: '/texts/xx', code: 'unknown-language', detail: 'One.' },
    { pointer: '/draft/texts', code: 'template-without', detail: 'Two.', values: { names: ['ru', 'de'] } },
  ]
  const words = problemWords({ code: 'invalid', detail: 'The alert cannot be taken.', errors })
  expect(words).toBe(errors.map(mistakeWords).join(' '))
  expect(words).not.toMatch(/cannot|One|Two|, /)
  expect(listed(['الف', 'ب', 'پ'])).not.toContain(',')
})

test('at the English desk the service speaks for itself', () => {
  expect(problemWords({ code: 'paused', detail: 'Publishing is paused (fa).' })).toBe('Publishing is paused (fa).')
})

test.each(deskLanguages.filter((tag) => tag !== 'en'))(
  'a pause of everything says so in %s, and one of a part names it',
  (tag) => {
    inLanguage(tag)
    const said = (names: readonly string[]) =>
      mistakeWords({ pointer: '', code: 'paused', detail: 'Publishing is paused.', values: { names, reason: 'Drill' } })
    expect(said([])).toContain(`(\u2068${localeOf(tag).desk?.everything}\u2069)`)
    expect(said(['sport'])).toContain('(\u2068sport\u2069)')
  },
)

test('an item’s refusal names no time as programs write it, and no address of the API', () => {
  setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })
  const detail =
    'Boris retracted the alert at 2026-11-27T12:00:00.000Z. The alert is retracted since 2026-11-27T12:00:00Z, for good; look in /v1/desk/items.'
  for (const said of [
    problemWords({ code: 'alert-retracted', detail, by: 'Boris' }),
    mistakeWords({ pointer: '', code: 'time-passed', detail }),
    mistakeWords({ pointer: '', detail }),
  ]) {
    expect(said).not.toMatch(/\d{4}-\d\d-\d\dT|\/v1\//)
    expect(said).toMatch(/2026.*2026/)
  }
})
