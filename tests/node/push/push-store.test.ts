import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Problem } from '../../../src/domain/problem.ts'
import { startPushStore, type ThreadedPushStore } from '../../../src/node/push/push-store.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import { pushServiceHosts } from '../../../src/push/subscriptions/push-services.ts'
import { SqliteOutbox } from '../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { type SubscriptionRig, subscriptionContract } from '../../contracts/subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { makeAlert, makeEntry, makeInterest, newId, newsroom, pushSecret, until } from '../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const wanted = {
  newsroom,
  pushHosts: pushServiceHosts,
  vapid: { keyId: 'k1', publicKey: 'key', older: [], subject: null },
}
const at = '2026-03-01T12:00:00.000Z'

/** A thread never makes the database: the service has opened it before. */
const makeDatabase = (databasePath: string) => openSqlite(databasePath).close()

function start(databasePath: string, error: unknown[] = []): ThreadedPushStore {
  if (existsSync(dirname(databasePath))) makeDatabase(databasePath)
  const report = (it: unknown): void => void error.push(it)
  const store = startPushStore({
    address: { kind: 'sqlite', path: databasePath },
    secret: pushSecret,
    wanted,
    now: Date.now,
    report,
  })
  clean(() => store.stop())
  return store
}

function made() {
  const address = addressOf(`https://fcm.googleapis.com/fcm/send/${crypto.randomUUID()}`, makeBrowserKeys())
  return { ...address, interest: makeInterest(), discreet: false, vapidKeyId: 'k1' }
}

async function open(databasePath: string): Promise<SubscriptionRig> {
  const store = start(databasePath)
  return {
    store,
    async reopen() {
      await store.stop()
      return open(databasePath)
    },
  }
}

describe('subscriptions kept by a thread', () => {
  subscriptionContract(() => open(join(scratchFolder(clean), 'tocsin.db')))
})

test('what it opens for an entry is due to the subscriptions it keeps, for whoever reads the database', async () => {
  const databasePath = join(scratchFolder(clean), 'tocsin.db')
  const store = start(databasePath)
  await Promise.all([store.put(made(), at), store.put(made(), at)])
  const alert = makeAlert(Date.now())
  expect(await store.opened({ epoch: 'e1', head: 1 })).toBe(0)
  await store.open(makeEntry(1, alert))
  expect(await store.opened({ epoch: 'e1', head: 1 })).toBe(1)
  const sql = openSqlite(databasePath)
  clean(() => sql.close())
  const outbox = new SqliteOutbox({
    sql,
    addressEncryption: await AddressEncryption.make(pushSecret),
    now: Date.now,
    newId,
    report() {},
  })
  expect((await outbox.claim(10))?.due).toHaveLength(2)
})

test('stopped, it answers what was asked before, and refuses what is asked after', async () => {
  const store = start(join(scratchFolder(clean), 'tocsin.db'))
  const asked = Array.from({ length: 100 }, () => store.put(made(), at))
  await store.stop()
  expect((await Promise.all(asked)).every((answer) => answer.made)).toBe(true)
  await expect(store.count()).rejects.toMatchObject({ status: 503, code: 'subscriptions-busy', retryAfterSeconds: 2 })
})

test('more than it can hold are turned away at once, and the others are answered', async () => {
  const store = start(join(scratchFolder(clean), 'tocsin.db'))
  const results = await Promise.allSettled(Array.from({ length: 10_050 }, () => store.count()))
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused).toHaveLength(50)
  for (const { reason } of refused) expect(reason).toBeInstanceOf(Problem)
})

test('where the database cannot be opened, calls are refused and the error is reported; when it can be opened, they are accepted', async () => {
  const folder = scratchFolder(clean)
  const path = join(folder, 'later', 'tocsin.db')
  const error: unknown[] = []
  const store = start(path, error)
  let replaced = 0
  store.onReplaced(() => {
    replaced += 1
  })
  await expect(store.put(made(), at)).rejects.toMatchObject({ status: 503 })
  await expect(store.put(made(), at)).rejects.toMatchObject({ status: 503 })
  expect(error.map(String).join()).toContain('another takes its place')
  mkdirSync(join(folder, 'later'))
  makeDatabase(join(folder, 'later', 'tocsin.db'))
  await until(() =>
    store.put(made(), at).then(
      () => true,
      () => false,
    ),
  )
  expect(replaced).toBeGreaterThan(0)
})
