import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from '../src/node/sqlite.ts'
import { Vault } from '../src/push/vault.ts'
import { SqliteSubscriptions } from '../src/store/sqlite-subscriptions.ts'
import { type SubscriptionRig, subscriptionContract } from './contracts/subscriptions.ts'
import { addressOf, makeBrowserKeys } from './support/browser-keys.ts'
import { makeInterest, newId, pushSecret } from './support/push-house.ts'
import { cleaning, scratchFolder } from './support/scratch.ts'

const clean = cleaning()

async function open(path: string): Promise<SubscriptionRig> {
  const sql = openSqlite(path)
  let closed = false
  const close = (): void => {
    if (!closed) sql.close()
    closed = true
  }
  clean(close)
  return {
    store: new SqliteSubscriptions({ sql, vault: await Vault.make(pushSecret), newId }),
    async reopen() {
      close()
      return open(path)
    },
  }
}

subscriptionContract(() => open(join(scratchFolder(clean), 'tocsin.db')))

test('neither an endpoint, a key nor a token can be read in the database file', async () => {
  const path = join(scratchFolder(clean), 'tocsin.db')
  const { store } = await open(path)
  const address = addressOf('https://fcm.googleapis.com/fcm/send/very-secret-path', makeBrowserKeys())
  const save = { interest: makeInterest(), discreet: false, vapidKeyId: 'k1' }
  const { token } = await store.put({ ...address, ...save }, '2026-03-01T12:00:00.000Z')
  const written = readFileSync(path, 'latin1') + readFileSync(`${path}-wal`, 'latin1')
  for (const secret of ['very-secret-path', address.auth, address.p256dh, token]) expect(written).not.toContain(secret)
})
