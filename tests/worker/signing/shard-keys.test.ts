import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { SigningDuty } from '../../../src/worker/signing/signing-duty.ts'
import { newsroom } from '../../support/samples.ts'
import { newSeed, noon } from '../../support/signing/signed-logs.ts'

test('push objects are given the key with the statement by which it follows the one before, and the list of mirrors', () => {
  const sql = openSqlite(':memory:')
  const open = (settings: Readonly<Record<string, unknown>>, more: object = {}) => {
    const duty = new SigningDuty(
      { begin: () => {}, signMore: async () => 0, newestKey: async () => null },
      () => noon,
      () => expect.unreachable(),
    )
    const { keys } = duty.open(sql, settings, { ...newsroom, ...more }, noon)
    return { given: duty.keys, newest: keys[0] }
  }
  expect(open({}).given.succession).toBeNull()
  const SIGNING_KEY = newSeed()
  const { given, newest } = open({ SIGNING_KEY })
  const { id: _, ...succession } = newest
  expect(given).toEqual({ signingKey: SIGNING_KEY, succession, mirrors: null })
  expect(succession.signedBy).toHaveLength(11)
  const urls = ['https://m.example/']
  const { mirrors } = open({}, { mirrors: urls }).given
  expect(mirrors).toMatchObject({ urls, key: newest.id })
  expect(open({}, { mirrors: [], mirrorsAt: '2026-03-01T00:00:00.000Z' }).given.mirrors).toMatchObject({ urls: [] })
  sql.close()
})
