import { expect, test } from 'vitest'
import type { Alert } from '../../../../src/domain/alert-types.ts'
import {
  actsOn,
  changedBetween,
  newestOfEach,
  type PublishedState,
  withDeliveries,
  withRead,
} from '../../../../src/web/desk/published/published-state.ts'

const at = '2026-03-01T12:00:00.000Z'
const alertOf = (id: string, version = 1, changed: Partial<Alert> = {}): Alert => ({
  ...{ id, version, level: 'urgent', audience: 'public', status: 'live', topics: [] },
  ...{ publishedAt: at, changedAt: at, expiresAt: at, texts: { en: { headline: `${id} ${version}`, summary: '' } } },
  ...changed,
})
const nothing: PublishedState = { role: 'editor', alerts: null, watched: {}, now: 0 }
const shown = ({ alerts }: PublishedState) => alerts?.map(({ id, version }) => `${id} ${version}`) ?? null

test('of each alert the newest entry is shown, and the alert that changed last is first', () => {
  const entries = [
    { seq: 1, alert: alertOf('a', 1) },
    { seq: 3, alert: alertOf('a', 2) },
    { seq: 2, alert: alertOf('b', 1) },
  ]
  expect(newestOfEach(entries).map(({ id, version }) => [id, version])).toEqual([
    ['a', 2],
    ['b', 1],
  ])
})

test('while somebody works in the list, what is there says how it stands, and nothing comes, moves or goes', () => {
  const before = withRead(nothing, [alertOf('b'), alertOf('a')], false)
  const read = [alertOf('c'), alertOf('a', 2)]
  expect(shown(withRead(before, read, true))).toEqual(['b 1', 'a 2'])
  expect(shown(withRead(before, read, false))).toEqual(['c 1', 'a 2'])
  // A list that was never read is not filled under a hand either.
  expect(shown(withRead(nothing, read, true))).toBeNull()
})

test('an answer that is older than what is shown changes nothing of it', () => {
  const before = withRead(nothing, [alertOf('a', 3)], false)
  expect(shown(withRead(before, [alertOf('a', 2)], false))).toEqual(['a 3'])
  expect(shown(withRead(before, [alertOf('a', 2)], true))).toEqual(['a 3'])
  expect(changedBetween(before, withRead(before, [alertOf('a', 4), alertOf('b')], false))).toEqual(['a'])
})

test('what is looked at stays looked at, until its alert is gone or nobody looks', () => {
  const before = withDeliveries(withRead(nothing, [alertOf('a'), alertOf('b')], false), 'a', 'asking')
  expect(withRead(before, [alertOf('b'), alertOf('a', 2)], false).watched).toEqual({ a: 'asking' })
  expect(withRead(before, [alertOf('b')], false).watched).toEqual({})
  expect(withDeliveries(before, 'a', undefined).watched).toEqual({})
})

test.each([
  ['editor', 'urgent', 'live', ['correct', 'update', 'stop', 'retract']],
  ['editor', 'routine', 'corrected', ['correct', 'update', 'retract']],
  ['writer', 'flash', 'live', ['correct', 'update']],
  ['admin', 'flash', 'retracted', []],
] as const)('%s, %s and %s: what can be done is %j', (role, level, status, acts) => {
  expect(actsOn({ level, status }, role)).toEqual(acts)
})
