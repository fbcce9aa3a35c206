import { expect, test } from 'vitest'
import {
  holds,
  narrowed,
  type Pause,
  parsePause,
  pauseWarnings,
  refusePaused,
  resumed,
  widened,
} from '../../src/desk/pause.ts'
import { makeAlert, newsroom } from '../support/push/push-deps.ts'
import { refusalOf } from '../support/refusal.ts'

const alert = makeAlert(0, { texts: { en: { headline: 'One', summary: '' } }, topics: ['rights'] })
const everything = { languages: [], topics: [] }
const note = { reason: 'All.', by: 'e2', byName: null, at: '2026-03-01T11:00:00.000Z' }
const pause: Pause = {
  languages: ['fa'],
  topics: ['rights'],
  reason: 'Wrong.',
  by: 'e1',
  byName: 'Sam of the night desk',
  at: '2026-03-01T12:00:00.000Z',
}

test('a pause holds an alert with at least one of its languages or topics; without lists it holds all', () => {
  const entry = { kind: 'alert' as const, alert }
  expect(holds(null, entry)).toBe(false)
  expect(holds(everything, entry)).toBe(true)
  expect(holds({ languages: ['en'], topics: [] }, entry)).toBe(true)
  expect(holds({ languages: ['fa'], topics: ['rights'] }, entry)).toBe(true)
  expect(holds({ languages: ['fa'], topics: ['afghanistan'] }, entry)).toBe(false)
})

test('a change that says nothing in a paused language passes, unless it is pushed there all the same', () => {
  const texts = { en: { headline: 'One', summary: '' }, fa: { headline: 'یک', summary: '' } }
  const untouched = { fa: { status: 'live', changedAt: note.at } } as const
  const change = { kind: 'correction' as const, alert: makeAlert(0, { texts, untouched, topics: ['rights'] }) }
  const of = (languages: string[], topics: string[] = []) => ({ languages, topics })
  expect(holds(of(['fa']), change)).toBe(false)
  expect(holds(of(['en', 'fa']), change)).toBe(true)
  expect(holds(of(['fa'], ['rights']), change)).toBe(true)
  expect(holds(everything, change)).toBe(true)
  expect(holds(of(['fa']), { ...change, toUntouched: true })).toBe(true)
})

test('a retraction is never held', () => {
  expect(holds(everything, { kind: 'retraction', alert })).toBe(false)
})

test('the refusal says why, since when and how to go on', () => {
  const { status, code, message } = refusalOf(() => refusePaused(pause, { kind: 'update', alert }))
  expect([status, code]).toEqual([423, 'paused'])
  for (const word of ['fa, rights', 'Wrong.', 'Sam of the night desk', pause?.at ?? '', '/v1/desk/resume'])
    expect(message).toContain(word)
})

test('pausing more never lets go of what was held', () => {
  expect(widened(null, { languages: ['fa'], topics: [] })).toEqual({ languages: ['fa'], topics: [] })
  expect(widened(pause, { languages: ['en', 'fa'], topics: [] })).toEqual({
    languages: ['en', 'fa'],
    topics: ['rights'],
  })
  expect(widened(everything, { languages: ['fa'], topics: [] })).toEqual(everything)
  expect(widened(pause, everything)).toEqual(everything)
})

test('taking the last thing out of a pause ends it, instead of holding everything', () => {
  expect(narrowed(pause, { languages: ['fa'], topics: [] })).toEqual({ languages: [], topics: ['rights'] })
  expect(narrowed(pause, { languages: ['fa'], topics: ['rights'] })).toBeNull()
  expect(narrowed(pause, everything)).toBeNull()
  expect(narrowed(null, everything)).toBeNull()
})

test('what a pause does not name cannot be taken out of it', () => {
  expect(refusalOf(() => narrowed(pause, { languages: ['en'], topics: [] })).code).toBe('not-paused-so')
  expect(refusalOf(() => narrowed(everything, { languages: ['fa'], topics: [] })).message).toContain('everything')
})

test('who names the pause that they end does not end another one, and is given that', () => {
  const all = { languages: [], topics: [] }
  for (const less of [all, { languages: ['fa'], topics: [] }]) {
    const problem = refusalOf(() => resumed(pause, less, note.at))
    expect([problem.status, problem.code, problem.extensions]).toEqual([409, 'not-paused-so', { pause }])
    for (const word of [note.at, pause?.at ?? '', 'Sam', 'Wrong.']) expect(problem.message).toContain(word)
  }
  for (const at of [undefined, pause?.at, '2026-03-01T12:00:00Z']) expect(resumed(pause, all, at)).toBeNull()
  expect(resumed(null, all, note.at)).toBeNull()
  const body = { reason: 'x', at: note.at }
  expect(parsePause(body, newsroom, 'resume')).toMatchObject({ at: note.at })
  expect(refusalOf(() => parsePause(body, newsroom, 'pause')).errors).toMatchObject([{ pointer: '/at' }])
})

test('a misspelt language or topic and a missing reason are refused, all at once', () => {
  const { errors } = refusalOf(() => parsePause({ languages: ['en', 'xx'], topics: ['rigths'], reason: 'x' }, newsroom))
  expect(errors.map(({ pointer }) => pointer)).toEqual(['/languages/1', '/topics/0'])
  expect(refusalOf(() => parsePause({}, newsroom)).errors).toMatchObject([{ pointer: '/reason' }])
  expect(refusalOf(() => parsePause({ reason: ' \u0007 ' }, newsroom)).errors).toMatchObject([{ pointer: '/reason' }])
  const twice = { languages: ['FA', 'fa'], topics: ['rights', 'rights'], reason: 'x' }
  expect(refusalOf(() => parsePause(twice, newsroom)).errors).toMatchObject([
    { pointer: '/languages/1' },
    { pointer: '/topics/1' },
  ])
  expect(parsePause({ languages: ['FA'], reason: ' why ' }, newsroom)).toEqual({
    languages: ['fa'],
    topics: [],
    reason: 'why',
  })
})

test.each([
  ['Stop it', 'Stop it. Nothing'],
  ['Stop it.', 'Stop it. Nothing'],
  ['Why?', 'Why? Nothing'],
  ['“Stop.”', '“Stop.” Nothing'],
  ['چرا؟', 'چرا؟ Nothing'],
  ['停止。', '停止。 Nothing'],
  ['ends (so)', 'ends (so). Nothing'],
])('the reason %j ends its sentence', (reason, told) => {
  const pause = { languages: [], topics: [], reason, by: 'e1', byName: null, at: '2026-03-01T12:00:00.000Z' }
  expect(() => refusePaused(pause, { kind: 'alert', alert: { texts: {}, topics: [] } as never })).toThrow(`: ${told}`)
})

test('a dry run warns of a pause exactly where publishing would be refused', () => {
  const [warning, ...more] = pauseWarnings(pause, { kind: 'alert', alert })
  expect([warning?.pointer, more]).toEqual(['', []])
  for (const word of ['fa, rights', 'Wrong.', 'Sam', 'refused']) expect(warning?.detail).toContain(word)
  expect(warning?.detail).not.toContain('Nothing was published')
  expect(pauseWarnings(pause, { kind: 'retraction', alert })).toEqual([])
  expect(pauseWarnings({ ...everything, ...note }, { kind: 'update', alert })).toHaveLength(1)
  expect(pauseWarnings({ languages: ['fa'], topics: [], ...note }, { kind: 'alert', alert })).toEqual([])
  expect(pauseWarnings(null, { kind: 'alert', alert })).toEqual([])
})

test('what is known is named once, also where the newsroom still has what is paused', () => {
  const present = { languages: ['fa', 'sr-Latn'], topics: ['rights', 'old-topic'] }
  const { errors } = refusalOf(() =>
    parsePause({ languages: ['xx'], topics: ['yy'], reason: 'x' }, newsroom, 'resume', present),
  )
  for (const { detail } of errors) {
    const names = /known are (.*)\.$/.exec(detail)?.[1]?.split(', ') ?? []
    expect(names.length).toBeGreaterThan(1)
    expect(new Set(names).size).toBe(names.length)
  }
  expect(errors.map(({ detail }) => detail).join()).toMatch(/sr-Latn[\s\S]*old-topic/)
})

test.each(['pause', 'resume'] as const)(
  'what is paused can be named to %s, though the newsroom has dropped it',
  (what) => {
    const present = { languages: ['crh', 'sr-Latn'], topics: ['old-topic'] }
    const body = { languages: ['SR-LATN', 'fa'], topics: ['old-topic'], reason: 'x' }
    expect(parsePause(body, newsroom, what, present)).toMatchObject({
      languages: ['fa', 'sr-Latn'],
      topics: ['old-topic'],
    })
    expect(refusalOf(() => parsePause(body, newsroom, what, null)).errors).toHaveLength(2)
    const misspelt = { languages: ['crh', 'xx'], topics: ['older-topic'], reason: 'x' }
    expect(refusalOf(() => parsePause(misspelt, newsroom, what, present)).errors).toMatchObject([
      { pointer: '/languages/1' },
      { pointer: '/topics/0' },
    ])
  },
)
