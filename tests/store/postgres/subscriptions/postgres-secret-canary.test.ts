import { randomBytes } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { AddressEncryption } from '../../../../src/push/crypto/address-encryption.ts'
import { PostgresAddresses } from '../../../../src/store/postgres/subscriptions/postgres-addresses.ts'
import { verifyPostgresSecret } from '../../../../src/store/postgres/subscriptions/postgres-secret-canary.ts'
import { addressOf, makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { addressEncryption, emptyTables, subscriptionsIn } from '../../../support/postgres/push-stores.ts'
import { makeInterest } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const url = await freshDatabase(cleaning(afterAll))
const keys = makeBrowserKeys()
const wrong = await AddressEncryption.make(randomBytes(32))

/** A database with this many subscriptions; resolves with their endpoints too. */
async function withReaders(count: number) {
  const database = openDatabase(clean, url)
  await emptyTables(database)
  const store = await subscriptionsIn(database)
  const preferences = { interest: makeInterest(), discreet: false, vapidKeyId: 'k' }
  const endpoints = Array.from({ length: count }, (_, nth) => `https://fcm.googleapis.com/${nth}`)
  const save = (endpoint: string) =>
    store.put({ ...addressOf(endpoint, keys), ...preferences }, '2026-03-01T12:00:00.000Z')
  return { database, endpoints, saved: await Promise.all(endpoints.map(save)), store }
}

test('an empty database takes the first secret of two that start at once, and no other afterwards', async () => {
  const { database } = await withReaders(0)
  const right = await addressEncryption()
  const results = await Promise.all([right, wrong].map((it) => verifyPostgresSecret(database, it)))
  expect(results.filter(Boolean)).toHaveLength(1)
  expect(await Promise.all([right, wrong].map((it) => verifyPostgresSecret(database, it)))).toEqual(results)
})

test.each([1, 2, 25])('a database without a canary, with %i addresses, proves the secret by them', async (count) => {
  const { database } = await withReaders(count)
  expect(await verifyPostgresSecret(database, wrong)).toBe(false)
  expect(await database.all('select only_row from tocsin.push_canary')).toEqual([])
  if (count > 1)
    await database.once('update tocsin.subscriptions set address = $1 where row_id = 1', new Uint8Array(40))
  expect(await verifyPostgresSecret(database, await addressEncryption())).toBe(true)
  await database.once('delete from tocsin.subscriptions')
  expect(await verifyPostgresSecret(database, wrong)).toBe(false)
})

test.each([1, 2, 3])(
  '%i that share the work have each address once between them, in a table with holes',
  async (parts) => {
    const { database, store, endpoints, saved } = await withReaders(40)
    const isRemoved = (nth: number) => nth === 0 || nth === 39 || (nth > 10 && nth < 19)
    for (const [nth, { id, token }] of saved.entries()) if (isRemoved(nth)) await store.remove(id, token)
    const seen: string[] = []
    for (let part = 0; part < parts; part += 1) {
      const addresses = new PostgresAddresses({
        ...{ database, part, parts, nodes: () => null },
        addressEncryption: await addressEncryption(),
      })
      for (let rowId = 0; ; ) {
        const page = await addresses.after(rowId, 3)
        const last = page.at(-1)
        if (last === undefined) break
        for (const { open } of page) seen.push((await open()).endpoint)
        rowId = last.rowId
      }
    }
    expect(seen.toSorted()).toEqual(endpoints.filter((_, nth) => !isRemoved(nth)).toSorted())
  },
)
