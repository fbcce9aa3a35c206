import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { migrate } from '../../../src/store/sql.ts'
import { InterestMatches } from '../../../src/store/sqlite/interest-matches.ts'
import { addInterestReader, removeInterestReader, subscriptionSchema } from '../../../src/store/sqlite/push-tables.ts'
import { makeAlert, makeEntry, makeInterest } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const atMs = Date.parse('2026-03-01T12:00:00.000Z')

test('an interest without subscriptions is removed from the cache at the next entry; a new one is matched with earlier entries too', () => {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  migrate(sql, subscriptionSchema)
  const matches = new InterestMatches(sql)
  const stays = addInterestReader(sql, makeInterest())
  const leaves = addInterestReader(sql, makeInterest({ topics: ['rights'] }))
  const first = makeEntry(1, makeAlert(atMs))
  expect(matches.interestIds(first)).toEqual([stays, leaves])
  removeInterestReader(sql, leaves)
  expect(matches.interestIds(makeEntry(2, makeAlert(atMs)))).toEqual([stays])
  const comes = addInterestReader(sql, makeInterest({ languages: ['fa'] }))
  expect(matches.interestIds(first)).toContain(comes)
})

test('an entry that is opened again is matched anew: after a rollback of what it superseded, or in a log with a new epoch', () => {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  migrate(sql, subscriptionSchema)
  const matches = new InterestMatches(sql)
  const english = addInterestReader(sql, makeInterest({ languages: ['en'] }))
  const persian = addInterestReader(sql, makeInterest({ languages: ['fa'] }))
  const texts = { en: { headline: 'New', summary: '' }, fa: { headline: 'As it was', summary: '' } }
  const standing = { status: 'live' as const, changedAt: new Date(atMs).toISOString() }
  const entry = { ...makeEntry(7, { ...makeAlert(atMs), texts, untouched: { fa: standing } }), kind: 'update' as const }
  expect(matches.interestIds({ ...entry, toUntouched: true })).toEqual([english, persian])
  expect(matches.interestIds(entry)).toEqual([english])
  expect(matches.interestIds({ ...entry, toUntouched: true })).toEqual([english, persian])
  const other = makeEntry(7, { ...makeAlert(atMs), id: 'another', texts: { fa: texts.fa } })
  expect(matches.interestIds(other)).toEqual([persian])
  expect(matches.languages(entry).get(english)).toBe('en')
})
