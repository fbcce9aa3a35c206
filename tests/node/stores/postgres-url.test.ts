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
  'postgres://u:p@a/db%zz',
  'postgres://u%:p@a/db',
  'postgres://u:p@a/db?sslrootcert=%',
])('%s is no address of a database, and its password is not shown', (url) => {
  const said = settingMistakes({ DATABASE_URL: url }).join()
  expect(said).toContain('DATABASE_URL: an address such as')
  expect(said).not.toContain('u:p@')
})

test.each([
  ['postgres://u:p@a/db?sslmod=require', 'there is no parameter sslmod; sslmode is meant'],
  ['postgres://u:p@a/db?sslMode=require', 'there is no parameter sslMode; sslmode is meant'],
  ['postgres://u:p@a/db?application_name=x&ssl_mode=require', 'there is no parameter ssl_mode; sslmode is meant'],
  ['postgres://u:p@a/db?sslrootcrt=ca.pem', 'there is no parameter sslrootcrt; sslrootcert is meant'],
  ['postgres://u:p@a/db?sslmode=verify', 'sslmode is one of disable'],
  ['postgres://u:p@a/db?sslmode=', 'sslmode is one of disable'],
  ['postgres://u:p@a/db?sslmode=prefer', 'sslmode=prefer is not taken, because the service does not try with TLS and'],
  ['postgres://u:p@a,b/db?x=y&sslmode=allow', 'sslmode=allow is not taken, because the service does not try with TLS'],
  ['postgres://u:p@a/db?uselibpqcompat=true&sslmode=prefer', 'sslmode=prefer is not taken'],
  [
    'postgres://u:p@a/db?sslmode=verify-full&sslmode=disable',
    'the parameter sslmode is given more than once; write it once',
  ],
  ['postgres://u:p@a/db?sslmode=disable&x=y&sslmode=disable', 'the parameter sslmode is given more than once'],
  ['postgres://u:p@a/db?sslrootcert=a.pem&sslrootcert=b.pem', 'the parameter sslrootcert is given more than once'],
  [
    'postgres://u:p@a/db?requiressl=1',
    'the parameter requiressl is not taken, because the driver passes over it or takes',
  ],
  ['postgres://u:p@a/db?sslmode=verify-full&sslcrl=a.crl', 'the parameter sslcrl is not taken'],
  ['postgres://u:p@a/db?gssencmode=require', 'the parameter gssencmode is not taken'],
  ['postgres://u:p@a/db?require_auth=scram-sha-256', 'the parameter require_auth is not taken'],
  ['postgres://u:p@a/db?requiresl=1', 'there is no parameter requiresl; requiressl is meant'],
  ['postgres://u:p@a/db?channel_binding=require', 'channel_binding=require is taken only with sslmode=verify-full'],
  ['postgres://u:p@a/db?sslmode=no-verify&channel_binding=require', 'channel_binding=require is taken only with'],
  ['postgres://u:p@a/db?host=b', 'the parameter host is not taken'],
  ['postgres://u@a/db?password=p', 'the parameter password is not taken'],
  ['postgres://u:p@a/db?aplication_name=x', 'there is no parameter aplication_name; application_name is meant'],
  ['postgres://u:p@a/db?conect_timeout=3', 'there is no parameter conect_timeout; connect_timeout is meant'],
])('what would leave a connection without what is wanted of it is refused: %s', (url, sentence) => {
  expect(settingMistakes({ DATABASE_URL: url }).join()).toContain(`DATABASE_URL: ${sentence}`)
})

test.each([
  'postgres://u:p@a/db?sslmode=disable',
  'postgres://u:p@a/db?sslmode=require',
  'postgres://u:p@a/db?sslmode=verify-ca',
  'postgres://u:p@a/db?sslmode=verify-full',
  'postgres://u:p@a/db?sslmode=no-verify&application_name=x',
  'postgres://u:p@a/db?sslmode=require&channel_binding=require&target_session_attrs=read-write&pgbouncer=true',
  'postgres://u:p@a/db?channel_binding=prefer&gssencmode=disable&ssl=true',
  'postgres://u@a/db?keepalives=1&client_encoding=UTF8&lock_timeout=5s&schema=x&sslnegotiation=direct',
  'postgres://u:%25%40@a/db?options=-c%20search_path%3Dx',
])('parameters that others understand are taken: %s', (url) => {
  expect(readConfig({ DATABASE_URL: url }).databaseUrl).toBe(url)
})
