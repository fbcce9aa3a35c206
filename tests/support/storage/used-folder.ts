import type { WebhookEventType } from '../../../src/desk/webhooks/webhook.ts'
import { loadSecret, loadVapidKeys } from '../../../src/node/push/push-key-files.ts'
import { hashOf } from '../../../src/node/server/secret-hash.ts'
import { loadRing } from '../../../src/node/signing/signing-key-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import type { Batch, Outcome } from '../../../src/push/outbox/outbox.ts'
import { SqliteOutbox } from '../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { verifySecret } from '../../../src/store/sqlite/secret-canary.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../browser/browser-keys.ts'
import { makeInterest, newId } from '../push/push-deps.ts'
import { newAlert, newsroom, retraction, updateOf } from '../samples.ts'
import { testSigner } from '../signing/test-signer.ts'
import { openedStores } from './opened-stores.ts'

type Clean = (undo: () => unknown) => void

const keys = makeBrowserKeys()
const hosts = ['fcm.googleapis.com', 'web.push.apple.com', 'updates.push.services.mozilla.com']
export const sessionToken = 'a session of the desk'
export const editorKey = 'the key of an editor, long enough'

/** The owner of leases whose process certainly does not exist. */
const deadOwner = '0.000000000000.1'

/**
 * A data folder in which every table has rows: alerts with changes, keys, a session, a pause and its end, subscriptions, and
 * pushes that are done, under way, to be retried and stopped. `readers`: how many subscriptions. Its stores are still open.
 */
export async function usedFolder(clean: Clean, dataDir: string, readers = 60) {
  const stores = openedStores(clean, dataDir)
  const { sql, log } = stores
  const { signer, publicKey } = testSigner()
  log.signing.begin({ signer, newsroom })
  const addressEncryption = await AddressEncryption.make(loadSecret(dataDir))
  const [{ keyId }] = await loadVapidKeys(dataDir)
  loadRing(dataDir, Date.now())
  await verifySecret(sql, addressEncryption)
  const clock = { ms: Date.now() }
  const at = () => new Date(clock.ms).toISOString()
  await addEditors(stores, at())
  const subscriptions = new SqliteSubscriptions({ sql, addressEncryption, newId })
  const tokens = await subscribe(subscriptions, readers, keyId)
  const world = { sql, addressEncryption, now: () => clock.ms, newId, report: () => {} }
  const outbox = new SqliteOutbox({ ...world, owner: deadOwner })
  await addBrowsers(stores, at(), keyId)
  await addWebhook(stores, at())
  await addSubscribers(stores, clock.ms)
  const alerts = await publish(stores, at)
  await draft(stores, at())
  await outbox.opened(await log.bounds())
  for (const entry of await log.after(0, 100)) await outbox.open(entry)
  await push(outbox, clock)
  await outbox.stop(alerts[1] ?? '', 2)
  return { ...stores, signer, publicKey, tokens, alerts, outbox, subscriptions, addressEncryption, clock }
}

async function addEditors({ editors, pauses }: ReturnType<typeof openedStores>, at: string): Promise<void> {
  const until = new Date(Date.parse(at) + 3_600_000).toISOString()
  await editors.add({ id: 'admin', name: 'Ada “Ä” علی', role: 'admin', createdAt: at }, hashOf('another key'))
  await editors.add({ id: 'editor-1', name: 'Boris', role: 'editor', createdAt: at }, hashOf(editorKey))
  await editors.add(
    { id: 'gone', name: 'Gone', role: 'editor', createdAt: at, levels: ['routine'], expiresAt: until },
    hashOf('a third key'),
  )
  await editors.revoke('gone', at)
  const session = { tokenHash: hashOf(sessionToken), now: at, until, origin: null }
  await editors.openSession(hashOf(editorKey), session)
  await pauses.change(() => ({ languages: ['fa'], topics: [] }), { reason: 'a “test”', by: 'admin', at })
  await pauses.change(() => null, { reason: 'over', by: 'admin', at })
}

/** A webhook that is paused, so that its messages wait. */
async function addWebhook({ webhooks, webhookOutbox }: ReturnType<typeof openedStores>, at: string): Promise<void> {
  const by = { credential: { by: 'key', hash: hashOf('another key') }, role: 'admin', editorId: 'admin', at } as const
  const events: WebhookEventType[] = ['alert.published', 'alarm']
  const what = { name: 'A “CMS”', events, audience: 'public' as const }
  const address = Buffer.from('an encrypted address')
  const secret = Buffer.from('an encrypted secret')
  const request = { key: 'key-1', intention: 'a hash' }
  const id = newId()
  await webhooks.add({ ...what, id, createdAt: at, address, secret }, by, 1, request)
  await webhooks.change(id, { ...what, address, state: 'paused' }, by)
  const next = { secret: Buffer.from('another encrypted secret'), former: secret, formerUntil: at, replaces: secret }
  await webhooks.rotate(id, next, by)
  const alarm = { kind: 'disk', detail: 'The disk is “full”.', at }
  await webhookOutbox.noteAlarms([alarm], 0, Date.parse(at))
}

/** A subscription to a feed, its renewal that waits for its verification, and another that waits for its first. */
async function addSubscribers({ websub }: ReturnType<typeof openedStores>, now: number): Promise<void> {
  const sealed = { callback: Buffer.from('an encrypted callback'), secret: Buffer.from('an encrypted secret') }
  const feed = { topic: 'https://alerts.example/feeds/fa.atom', seq: 1, hash: 'a hash of “it”' }
  const limits = { perHostMax: 10, allMax: 10 }
  const request = { ...feed, ...sealed, host: 'a host', mode: 'subscribe', leaseSeconds: 864_000 } as const
  await websub.ask({ ...request, key: 'first' }, limits)
  const claim = { head: 1, lease: 'a lease', leaseMs: 1, busy: [], perHostMax: 10, most: 10, now }
  for (const leased of (await websub.claim(claim)).requests)
    await websub.settleRequest(leased, { kind: 'confirmed' }, now)
  await websub.ask({ ...request, key: 'first', mode: 'unsubscribe', secret: null }, limits)
  await websub.ask({ ...request, key: 'second', seq: 2 }, limits)
}

/** Browsers of editors who are told what waits: one that was turned on in a session, and one by a key. */
async function addBrowsers(
  { notices }: ReturnType<typeof openedStores>,
  at: string,
  vapidKeyId: string,
): Promise<void> {
  const session = { by: 'session', hash: hashOf(sessionToken) } as const
  const key = { by: 'key', hash: hashOf('another key') } as const
  for (const [editorId, credential] of [
    ['editor-1', session],
    ['admin', key],
  ] as const) {
    const sealed = { endpointHash: Buffer.from(`a hash of ${editorId}`), address: Buffer.from('an encrypted address') }
    const browser = { id: newId(), ...sealed, vapidKeyId, language: 'fa', createdAt: at }
    await notices.put(browser, { credential, role: 'editor', editorId, at }, 10)
  }
}

async function subscribe(store: SqliteSubscriptions, readers: number, vapidKeyId: string) {
  const interests = [
    makeInterest(),
    makeInterest({ languages: ['fa', 'en'], topics: ['iran'] }),
    makeInterest({ languages: '*' }),
  ]
  const puts = Array.from({ length: readers }, (_, nth) => {
    const address = addressOf(`https://${hosts[nth % hosts.length]}/push/${nth}`, keys)
    const interest = interests[nth % interests.length] ?? makeInterest()
    return store.put({ ...address, interest, discreet: nth % 7 === 0, vapidKeyId }, '2026-01-01T00:00:00.000Z')
  })
  const tokens = await Promise.all(puts)
  // The newest row id belongs to a subscription that has ended.
  const last = tokens.pop()
  if (last !== undefined) await store.remove(last.id, last.token)
  const tester = addressOf(`https://${hosts[0]}/push/tester`, keys)
  const interest = makeInterest({ audience: 'test' })
  const credential = { by: 'key', hash: hashOf(editorKey) } as const
  const by = { credential, role: 'editor', editorId: 'editor-1', at: new Date().toISOString() } as const
  const test = { ...tester, interest, discreet: false, vapidKeyId }
  tokens.push(await store.put(test, '2026-01-01T00:00:00.000Z', by))
  return tokens
}

async function publish({ log }: ReturnType<typeof openedStores>, at: () => string): Promise<readonly string[]> {
  const ids = Array.from({ length: 4 }, newId)
  const [first = '', second = '', third = '', fourth = ''] = ids
  await log.append(newAlert(first, { topics: ['iran', 'russia'] }, at()), 'key-1')
  await log.append(newAlert(second, {}, at()), 'key-2')
  await log.append(updateOf(first, 'Another headline \u2028 "quoted"', at()), 'key-3')
  await log.append(retraction(second, at()), 'key-4')
  await log.append(newAlert(third, { level: 'flash' }, at()), 'key-5')
  await log.append(newAlert(fourth, { level: 'routine', audience: 'test' }, at()), 'key-6')
  return ids
}

/** An item of the desk, and the idempotency key that made it. */
async function draft({ items }: ReturnType<typeof openedStores>, at: string): Promise<void> {
  const by = { credential: { by: 'key', hash: hashOf(editorKey) }, role: 'writer', editorId: 'editor-1', at } as const
  const content = { texts: { en: { headline: 'A draft', summary: '' } } }
  const act = { act: 'create', kind: 'alert', alertId: newId(), content, hash: 'a hash' } as const
  const itemId = newId()
  await items.act({ itemId, acts: [act], key: 'key-7', intention: 'a draft', at, by, newsroom })
  await items.presence.enter({ itemId, by, at, doing: 'editing', renewal: false })
}

/** Settles some batches with every result, and leaves one leased. */
async function push(outbox: SqliteOutbox, clock: { ms: number }): Promise<void> {
  const limit = 9
  for (let nth = 0; nth < 3; nth += 1) {
    const batch = await outbox.claim(limit)
    if (batch === null) throw new Error('nothing is due')
    clock.ms += 40
    await outbox.settle(batch, outcomes(batch, clock.ms))
  }
  // Both are left: one of retries or new pushes each.
  if ((await outbox.claim(limit)) === null) throw new Error('nothing is due')
}

function outcomes(batch: Batch, nowMs: number): readonly Outcome[] {
  const sealed = new Uint8Array([1, 2, 3, 0, 255])
  return batch.due.map(({ subscription: { id: subscriptionId } }, nth): Outcome => {
    if (nth % 5 === 0)
      return { subscriptionId, result: 'again', notBeforeMs: nowMs + 500, sealed, attempts: 1, lookedGone: nth === 0 }
    if (nth === 1) return { subscriptionId, result: 'gone' }
    if (nth === 2) return { subscriptionId, result: 'failed' }
    return { subscriptionId, result: 'accepted', atMs: nowMs }
  })
}
