import { expect, test } from 'vitest'
import { readConfig } from '../../../src/node/config.ts'
import { databaseName } from '../../../src/node/stores/database-name.ts'
import { settingMistakes } from '../../support/refusal.ts'

test.each([
  ['postgres://u:p@a.example:5432/db', 'The database postgres://a.example:5432/db'],
  ['postgres://u:p@a.example:5432,b.example:5433/db', 'The database postgres://a.example:5432,b.example:5433/db'],
  ['postgresql://u:p@[::1],b.example/db?sslmode=require', 'The database postgres://[::1],b.example/db'],
])('%s is the address of a database, which is named without user and password', (url, name) => {
  const config = readConfig({ DATABASE_URL: url, LISTEN_DATABASE_URL: url })
  expect([config.databaseUrl, config.listenDatabaseUrl]).toEqual([url, url])
  expect(databaseName(config)).toBe(name)
})

test.each([
  'postgres://u:p@a:5432,b:5432',
  'postgres://u:p@a,/db',
  'postgres://u:p@,b/db',
  'postgres://u:p@a,b:port/db',
  'postgres:///db',
  'mysql://a,b/db',
  'http://u:p@a/db',
  'u:p@a/db',
  'postgres:u:p@a/db',
  'postgres://u:p@a',
  'postgres://u:p@#a/db',
  'postgres://u:p@?a/db',
  'postgres://u:p@ss/word@a/db',
  'postgres://u:p@ss@a/db',
  'postgres://u:p@s,s@a,b/db',
  'postgres://u:p@a/db#x',
  'postgres://u:p@a b/db',
])('%s is no address of a database, and its password is not shown', (url) => {
  const said = settingMistakes({ DATABASE_URL: url }).join()
  expect(said).toContain('DATABASE_URL: an address such as')
  expect(said).not.toContain('u:p@')
})
