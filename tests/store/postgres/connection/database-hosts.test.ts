import { expect, test } from 'vitest'
import { DatabaseHosts } from '../../../../src/store/postgres/connection/database-hosts.ts'

test.each([
  ['postgres://u@h/d?sslmode=require', 'postgres://u@h/d?sslmode=verify-full'],
  ['postgres://u@h/d?a=b&sslmode=prefer&c=d', 'postgres://u@h/d?a=b&sslmode=verify-full&c=d'],
  ['postgres://u@h/d?sslmode=no-verify', 'postgres://u@h/d?sslmode=no-verify'],
  ['postgres://u@h/d?sslmode=disable', 'postgres://u@h/d?sslmode=disable'],
  ['postgres://u@h/d?uselibpqcompat=true&sslmode=require', 'postgres://u@h/d?uselibpqcompat=true&sslmode=require'],
])('%s is given to the driver as %s, which warns of no change to come', (given, url) => {
  expect(new DatabaseHosts(given).urls).toEqual([url])
})

test('each of several hosts has its URL, and they are gone through in turn', () => {
  const hosts = new DatabaseHosts('postgresql://u:p@one,two:5433/d?sslmode=require')
  const [one, two] = ['postgresql://u:p@one/d?sslmode=verify-full', 'postgresql://u:p@two:5433/d?sslmode=verify-full']
  expect(hosts.urls).toEqual([one, two])
  expect(hosts.url).toBe(one)
  for (const url of [one, one]) hosts.leave(url)
  expect(hosts.url).toBe(two)
  hosts.leave(two)
  expect(hosts.url).toBe(one)
})
