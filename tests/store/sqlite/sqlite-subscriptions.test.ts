import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Authority, Role } from '../../../src/auth/editor.ts'
import type { Audience } from '../../../src/domain/alert-types.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import { migrate } from '../../../src/store/sql.ts'
import {
  addInterestReader,
  deleteTestSubscriptionsExcept,
  deleteTestSubscriptionsOf,
  hasTestSubscriptions,
  incrementHostCount,
  subscriptionSchema,
} from '../../../src/store/sqlite/push-tables.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import { type SubscriptionRig, subscriptionContract } from '../../contracts/subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { makeInterest, newId, pushSecret } from '../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

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
    store: new SqliteSubscriptions({ sql, addressEncryption: await AddressEncryption.make(pushSecret), newId }),
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

describe('a subscription to test alerts', () => {
  const at = '2026-03-01T12:00:00.000Z'
  const by = (editorId: string, role: Role = 'writer'): Authority => ({
    editorId,
    credential: { by: 'key', hash: `key of ${editorId}` },
    role,
    at,
  })

  /** Editors and subscriptions in one database: a, b and c, of whom a alone is an admin. */
  async function withEditors() {
    const sql = openSqlite(':memory:')
    clean(() => sql.close())
    const editors = new SqliteEditors(sql, (editorId) => deleteTestSubscriptionsOf(sql, editorId))
    const store = new SqliteSubscriptions({ sql, addressEncryption: await AddressEncryption.make(pushSecret), newId })
    for (const [id, role] of [
      ['a', 'admin'],
      ['b', 'editor'],
      ['c', 'writer'],
    ] as const)
      await editors.add({ id, name: id, role, createdAt: at }, `key of ${id}`)
    let made = 0
    const save = (audience: Audience, ...who: readonly Authority[]) => {
      made += 1
      const address = addressOf(`https://fcm.googleapis.com/fcm/send/${made}`, makeBrowserKeys())
      const subscription = { ...address, interest: makeInterest({ audience }), discreet: false, vapidKeyId: 'k1' }
      return { subscription, saved: store.put(subscription, at, ...who) }
    }
    const isThere = async ({ saved }: ReturnType<typeof save>) => {
      const { id, token } = await saved
      return (await store.get(id, token)) !== null
    }
    return { sql, editors, store, save, isThere }
  }

  test('ends in the transaction that revokes its editor: of several people exactly theirs, and the counts follow', async () => {
    const { editors, store, save, isThere } = await withEditors()
    const all = [
      save('test', by('b')),
      save('test', by('c')),
      save('public', by('b')),
      save('public'),
      save('test', by('b')),
      save('test', by('a')),
    ]
    await Promise.all(all.map(({ saved }) => saved))
    const revoking = editors.revoke('b', at, by('a', 'admin'))
    expect(await Promise.all(all.map(isThere))).toEqual([false, true, true, true, false, true])
    await revoking
    const counts = Object.fromEntries((await store.count()).map(({ interest, count }) => [interest.audience, count]))
    expect(counts).toEqual({ public: 2, test: 2 })
    expect(await store.hostKeyCounts()).toMatchObject([{ subscriptions: 4 }])
    expect(await editors.revoke('c', at)).toBe(true)
    expect(await Promise.all(all.map(isThere))).toEqual([false, false, true, true, false, true])
  })

  test('stays where the revocation is refused', async () => {
    const { editors, save, isThere } = await withEditors()
    const kept = save('test', by('a'))
    expect(await isThere(kept)).toBe(true)
    await expect(editors.revoke('a', at, by('a', 'admin'))).rejects.toMatchObject({ code: 'last-admin' })
    await expect(editors.revoke('a', at, by('c', 'admin'))).rejects.toMatchObject({ status: 403 })
    expect(await isThere(kept)).toBe(true)
  })

  test('is not made for a key that ended while it was under way, nor is a known address turned into one', async () => {
    const { editors, store, save } = await withEditors()
    const known = save('public')
    await known.saved
    await editors.revoke('b', at)
    const late = save('test', by('b')).saved.catch((error: unknown) => error)
    const turned = { ...known.subscription, interest: makeInterest({ audience: 'test' }) }
    const changed = store.put(turned, at, by('b')).catch((error: unknown) => error)
    for (const refused of [await late, await changed]) expect(refused).toMatchObject({ status: 401 })
    expect((await store.count()).map(({ interest, count }) => [interest.audience, count])).toEqual([['public', 1]])
  })

  test('belongs to the editor who saved it last; a public one to nobody', async () => {
    const { editors, store, save, isThere } = await withEditors()
    const moved = save('test', by('b'))
    const left = save('test', by('b'))
    await Promise.all([moved.saved, left.saved])
    const ofC = { ...moved, saved: store.put(moved.subscription, at, by('c')) }
    const ofNobody = { ...left, saved: store.put({ ...left.subscription, interest: makeInterest() }, at, by('b')) }
    await Promise.all([ofC.saved, ofNobody.saved])
    await editors.revoke('b', at)
    expect([await isThere(ofC), await isThere(ofNobody)]).toEqual([true, true])
    await editors.revoke('c', at)
    expect([await isThere(ofC), await isThere(ofNobody)]).toEqual([false, true])
  })

  test('of editors in another object ends when they are told of no more, and nobody else does', async () => {
    const { sql, save, isThere } = await withEditors()
    const all = [save('test', by('a')), save('public', by('b')), save('test', by('b')), save('test', by('c'))]
    await Promise.all(all.map(({ saved }) => saved))
    sql.transaction(() => deleteTestSubscriptionsExcept(sql, ['a', 'c', 'x']))
    expect([await Promise.all(all.map(isThere)), hasTestSubscriptions(sql)]).toEqual([[true, true, false, true], true])
    sql.transaction(() => deleteTestSubscriptionsExcept(sql, []))
    expect([await Promise.all(all.map(isThere)), hasTestSubscriptions(sql)]).toEqual([
      [false, true, false, false],
      false,
    ])
  })

  test('from before its editor was kept is ended, because nobody knows whose it is; the public stay, and the counts', () => {
    const sql = openSqlite(':memory:')
    clean(() => sql.close())
    migrate(sql, { ...subscriptionSchema, steps: subscriptionSchema.steps.slice(0, 3) })
    const audiences: readonly Audience[] = ['public', 'test', 'test', 'public', 'test']
    for (const [row, audience] of audiences.entries()) {
      const host = row < 3 ? 'one.example' : 'two.example'
      const interest = addInterestReader(sql, makeInterest({ audience, languages: [row < 2 ? 'en' : 'fa'] }))
      const hash = new Uint8Array([row])
      sql.run(
        `insert into subscriptions (id, endpoint_hash, address_hash, address, token_hash, interest_id, discreet, vapid_key_id, created_at, host)
         values (?, ?, ?, ?, ?, ?, 0, 'k1', '2026', ?)`,
        ...[`s${row}`, hash, hash, hash, hash, interest, host],
      )
      incrementHostCount(sql, host, 'k1')
    }
    migrate(sql, subscriptionSchema)
    expect(sql.all('select id from subscriptions order by id')).toEqual([{ id: 's0' }, { id: 's3' }])
    expect(sql.all('select host, subscriptions from push_places order by host')).toEqual([
      { host: 'one.example', subscriptions: 1 },
      { host: 'two.example', subscriptions: 1 },
    ])
    expect(sql.all('select readers from interests')).toEqual([{ readers: 1 }, { readers: 1 }])
  })
})
