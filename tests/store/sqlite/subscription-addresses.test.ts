import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import { StoredAddresses } from '../../../src/store/sqlite/subscription-addresses.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { makeInterest, newId, pushSecret } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

test.each([1, 2, 3, 7])('%d parts together have each address once, in a table with deleted rows', async (parts) => {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const addressEncryption = await AddressEncryption.make(pushSecret)
  const store = new SqliteSubscriptions({ sql, addressEncryption, newId })
  const endpoints: string[] = []
  for (let nth = 0; nth < 40; nth += 1) {
    const address = addressOf(`https://fcm.googleapis.com/${nth}`, makeBrowserKeys())
    const preferences = { interest: makeInterest(), discreet: false, vapidKeyId: 'k' }
    const { id, token } = await store.put({ ...address, ...preferences }, new Date(0).toISOString())
    // The first, the last, and some in a row.
    if (nth === 0 || nth === 39 || (nth > 10 && nth < 19)) await store.remove(id, token)
    else endpoints.push(address.endpoint)
  }
  const seen: string[] = []
  for (let part = 0; part < parts; part += 1) {
    const addresses = new StoredAddresses(sql, addressEncryption, part, parts)
    for (let rowId = 0; ; ) {
      const page = addresses.after(rowId, 3)
      const last = page.at(-1)
      if (last === undefined) break
      for (const { open } of page) seen.push((await open()).endpoint)
      rowId = last.rowId
    }
  }
  expect(seen.sort()).toEqual(endpoints.sort())
})
