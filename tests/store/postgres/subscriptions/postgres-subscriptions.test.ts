import { afterAll, expect, test } from 'vitest'
import type { Authority } from '../../../../src/auth/editor.ts'
import type { Audience } from '../../../../src/domain/alert-types.ts'
import { hostsPerSuffixMax } from '../../../../src/push/subscriptions/push-services.ts'
import type { NewSubscription } from '../../../../src/push/subscriptions/subscription.ts'
import { PostgresEditors } from '../../../../src/store/postgres/postgres-editors.ts'
import { lockInterests } from '../../../../src/store/postgres/subscriptions/reader-counts.ts'
import { deleteTestsOf } from '../../../../src/store/postgres/subscriptions/subscription-removal.ts'
import { type SubscriptionRig, subscriptionContract } from '../../../contracts/subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { emptyTables, subscriptionsIn } from '../../../support/postgres/push-stores.ts'
import { makeInterest, until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const url = await freshDatabase(cleanAtEnd)
const keys = makeBrowserKeys()
const now = '2026-03-01T12:00:00.000Z'

async function reopened(): Promise<SubscriptionRig> {
  const store = await subscriptionsIn(openDatabase(clean, url))
  return { store, reopen: reopened }
}

async function empty() {
  const database = openDatabase(clean, url)
  await emptyTables(database)
  return database
}

subscriptionContract(async () => {
  await empty()
  return reopened()
})

function made(endpoint: string, more: Partial<NewSubscription> = {}): NewSubscription {
  return { ...addressOf(endpoint, keys), interest: makeInterest(), discreet: false, vapidKeyId: 'k1', ...more }
}

test('neither an endpoint, a key nor a token can be read in the tables', async () => {
  const database = await empty()
  const subscription = made('https://fcm.googleapis.com/fcm/send/very-secret-path')
  const { token } = await (await subscriptionsIn(database)).put(subscription, now)
  const rows = await database.all<{ row: string }>(`select encode(convert_to(s::text, 'UTF8'), 'escape') as row,
    encode(address, 'escape') as address, encode(token_hash, 'escape') as token from tocsin.subscriptions s`)
  const hexOf = (text: string) => Buffer.from(text).toString('hex')
  for (const secret of ['very-secret-path', subscription.auth, subscription.p256dh, token])
    for (const form of [secret, hexOf(secret)]) expect(JSON.stringify(rows)).not.toContain(form)
})

test('a surge through two pools stores each address once and counts it once, whatever comes and goes meanwhile', async () => {
  const database = await empty()
  const [one, other] = [await subscriptionsIn(database), await subscriptionsIn(openDatabase(clean, url))]
  const interests = [makeInterest(), makeInterest({ languages: ['fa'] }), makeInterest({ topics: ['rights'] })]
  const subscriptions = Array.from({ length: 300 }, (_, nth) =>
    made(`https://fcm.googleapis.com/${nth % 150}`, { interest: interests[nth % 3] ?? makeInterest() }),
  )
  const saved = await Promise.all(subscriptions.map((it, nth) => (nth % 2 === 0 ? one : other).put(it, now)))
  expect(saved.filter((it) => it.made)).toHaveLength(150)
  expect(new Set(saved.map(({ id }) => id)).size).toBe(150)
  const left = subscriptions.slice(0, 150).map((it, nth) => (nth % 3 === 0 ? one : other).put(it, now))
  const tokens = await Promise.all(left)
  await Promise.all(
    tokens.map(({ id, token }, nth) =>
      nth < 50 ? one.remove(id, token) : other.change(id, token, interests[(nth + 1) % 3] ?? makeInterest(), true),
    ),
  )
  const counted = await database.all(
    'select interest_id, count(*) as readers from tocsin.subscriptions group by 1 order by 1',
  )
  expect(await database.all('select interest_id, readers from tocsin.interests order by 1')).toEqual(counted)
  expect(await one.hostKeyCounts()).toEqual([{ host: 'fcm.googleapis.com', vapidKeyId: 'k1', subscriptions: 100 }])
})

test('a reader of interests in the order of their ids sees each one, while many are added at once', async () => {
  const database = await empty()
  const stores = await Promise.all([1, 2, 3].map(() => openDatabase(clean, url)).map((it) => subscriptionsIn(it)))
  const seen: number[] = []
  let isOver = false
  const reading = (async () => {
    for (let last = 0; ; ) {
      // A read that began before the end may miss the last ones.
      const isLast = isOver
      const rows = await database.all<{ id: number }>(
        'select interest_id as id from tocsin.interests where interest_id > $1 order by 1',
        last,
      )
      for (const { id } of rows) seen.push(id)
      last = seen.at(-1) ?? 0
      if (isLast) break
    }
  })()
  await Promise.all(
    Array.from({ length: 120 }, async (_, nth) => {
      // In several groups: each of these stores sends what comes together at once.
      await new Promise((resolve) => setTimeout(resolve, (nth % 12) * 10))
      const interest = makeInterest({ topics: [`topic-${nth}`] })
      await stores[nth % 3]?.put(made(`https://fcm.googleapis.com/${nth}`, { interest }), now)
    }),
  )
  isOver = true
  await reading
  expect(await database.all<{ id: number }>('select interest_id as id from tocsin.interests order by 1')).toEqual(
    seen.map((id) => ({ id })),
  )
  expect(seen).toHaveLength(120)
})

test('below one suffix only so many hosts are taken, also by two at once; known ones go on', async () => {
  const database = await empty()
  const hosts = ['.push.example']
  const [one, other] = [await subscriptionsIn(database, hosts), await subscriptionsIn(openDatabase(clean, url), hosts)]
  const results = await Promise.allSettled(
    Array.from({ length: hostsPerSuffixMax + 20 }, (_, nth) =>
      (nth % 2 === 0 ? one : other).put(made(`https://h${nth}.push.example/x`), now),
    ),
  )
  const refused = results.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(20)
  for (const it of refused) expect(it).toMatchObject({ reason: { code: 'endpoint-refused' } })
  const [known] = await one.hostKeyCounts()
  expect(await one.put(made(`https://${known?.host}/y`), now)).toMatchObject({ made: true })
})

test('one address that the database cannot store does not fail those that were sent with it', async () => {
  const store = await subscriptionsIn(await empty())
  const results = await Promise.allSettled([
    store.put(made('https://fcm.googleapis.com/a'), now),
    store.put(made('https://fcm.googleapis.com/b', { vapidKeyId: 'k\0' }), now),
    store.put(made('https://fcm.googleapis.com/c'), now),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('a subscription to test alerts ends in the transaction that revokes its editor, and none is made for a key that ended', async () => {
  const database = await empty()
  const editors = new PostgresEditors(database, deleteTestsOf)
  const by = (editorId: string): Authority => ({
    ...{ editorId, credential: { by: 'key', hash: `key of ${editorId}` }, role: 'writer', at: now },
  })
  for (const id of ['a', 'b', 'c'])
    await editors.add({ id, name: id, role: id === 'a' ? 'admin' : 'writer', createdAt: now }, `key of ${id}`)
  const store = await subscriptionsIn(database)
  const save = (name: string, editorId: string, audience: Audience = 'test') =>
    store.put(made(`https://fcm.googleapis.com/${name}`, { interest: makeInterest({ audience }) }), now, by(editorId))
  const saved = [await save('1', 'b'), await save('2', 'c'), await save('3', 'b', 'public'), await save('4', 'b')]
  // Saved last by another editor, it is theirs.
  saved[3] = await save('4', 'c')
  await editors.revoke('b', now)
  const isThere = async ({ id, token }: { id: string; token: string }) => (await store.get(id, token)) !== null
  expect(await Promise.all(saved.map(isThere))).toEqual([false, true, true, true])
  expect((await store.count()).map(({ interest, count }) => [interest.audience, count]).toSorted()).toEqual([
    ['public', 1],
    ['test', 2],
  ])
  const late = await Promise.allSettled([save('5', 'b'), save('2', 'b'), save('6', 'c'), save('7', 'c')])
  expect(late.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled'])
  expect(late[0]).toMatchObject({ reason: { status: 401 } })
  await editors.revoke('c', now)
  expect(await store.hostKeyCounts()).toMatchObject([{ subscriptions: 1 }])
})

test('a new interest waits for a transaction that has drawn a lower id and is not committed', async () => {
  const database = await empty()
  const store = await subscriptionsIn(openDatabase(clean, url))
  const [drawn, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = database.transaction(async (statements) => {
    await lockInterests(statements, [makeInterest({ topics: ['first'] })], [])
    drawn.resolve()
    await over.promise
  })
  await drawn.promise
  const interest = makeInterest({ topics: ['second'] })
  const saving = store.put(made('https://fcm.googleapis.com/a', { interest }), now).then(() => 'stored')
  const waiting = `select 1 as found from pg_locks l join pg_database d on d.oid = l.database
    where l.locktype = 'advisory' and not l.granted and d.datname = current_database()`
  const isWaiting = until(async () => (await database.all(waiting)).length > 0).then(() => 'waits')
  expect(await Promise.race([saving, isWaiting])).toBe('waits')
  over.resolve()
  await holding
  expect(await saving).toBe('stored')
})
