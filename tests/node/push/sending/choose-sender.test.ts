import { expect, test } from 'vitest'
import webPush from 'web-push'
import type { Entry } from '../../../../src/log/log.ts'
import { startPush } from '../../../../src/node/push/push-engine.ts'
import { checkedSender } from '../../../../src/node/push/sending/choose-sender.ts'
import { ownSendingFault } from '../../../../src/node/push/sending/own-sending-check.ts'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { sqlitePushStorage } from '../../../../src/node/stores/sqlite-push-storage.ts'
import { vapidKeysOf } from '../../../../src/push/crypto/webcrypto-vapid.ts'
import { pushServiceHosts } from '../../../../src/push/subscriptions/push-services.ts'
import { makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import {
  listLog,
  makeAlert,
  makeEntry,
  makeInterest,
  newId,
  newsroom,
  pushSecret,
  until,
} from '../../../support/push/push-deps.ts'
import { type Answer, type Delivered, startPushService } from '../../../support/push/push-service.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const pair = webPush.generateVAPIDKeys()
const keys = makeBrowserKeys()
const publishedMs = Date.now()
const alerts = [
  makeAlert(publishedMs, { id: '01932f6e-0000-7000-8000-000000000001', level: 'flash' }),
  makeAlert(publishedMs, { id: '01932f6e-0000-7000-8000-000000000002' }),
]
const hosts = ['updates.push.services.mozilla.com', 'fcm.googleapis.com', 'web.push.apple.com']

type Seen = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly payload: unknown
  readonly claims: { readonly aud: string; readonly sub: string; readonly exp: number }
  readonly publicKey: string | undefined
}

/** Whom a push was for, and what it said; the payload's own time is that of the alert, so it is the same for both. */
function seen({ headers, body, payload }: Delivered): Seen {
  const { authorization = '', ...others } = headers
  const [, token = '', publicKey] = /^vapid t=([^,]+), ?k=(.+)$/.exec(authorization) ?? []
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const shown = Object.fromEntries(Object.entries(others).filter(([name]) => name !== ':path' && name !== 'ttl'))
  return { headers: { ...shown, ttl: others.ttl ?? '' }, body, payload, claims, publicKey }
}

/** Sends two alerts to a reader in each language and service; `script` decides the service's answers. */
async function send(
  sender: 'own' | 'web-push',
  http1Only = false,
  script: (nth: number) => Answer = () => ({ status: 201 }),
) {
  const service = await startPushService({ http1Only })
  clean(() => service.close())
  service.script = ({ nth }) => script(nth)
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const entries: Entry[] = []
  const push = await startPush({
    ...{ openPushStorage: sqlitePushStorage(sql), newsroom, sender, newId, now: Date.now, report: () => {} },
    log: listLog(entries),
    vapidKeys: [await vapidKeysOf(pair.publicKey, pair.privateKey)],
    vapidSubject: 'mailto:desk@news.example',
    secret: pushSecret,
    publicUrl: 'https://alerts.example',
    pushHosts: pushServiceHosts,
    connectTo: service.connectTo,
    ca: service.certificate.cert,
  })
  clean(() => push.stop().then(() => push.close()))
  for (const host of hosts)
    for (const language of ['en', 'fa']) {
      const { address } = service.makeReader(host, keys)
      const interest = makeInterest({ languages: [language] })
      const made = { ...address, interest, discreet: false, vapidKeyId: push.vapid.keyId }
      await push.subscriptions.put(made, '2026-01-01T00:00:00.000Z')
    }
  entries.push(...alerts.map((alert, at) => makeEntry(at + 1, alert)))
  push.wake()
  return { service, push, seen: () => service.counterTotals.map(seen) }
}

const order = ({ headers, payload }: Seen) => JSON.stringify([headers[':authority'] ?? headers.host, payload])

test.each([false, true])(
  'the same pushes by both senders have the same payloads and headers, and claims of the same key (HTTP/1.1: %s)',
  async (http1Only) => {
    const both: Seen[][] = []
    for (const sender of ['own', 'web-push'] as const) {
      const sent = await send(sender, http1Only)
      await until(() => sent.service.counterTotals.length === 2 * hosts.length * 2)
      both.push(sent.seen().toSorted((a, b) => (order(a) < order(b) ? -1 : 1)))
    }
    const [own = [], plain = []] = both
    for (const [nth, one] of own.entries()) {
      const other = plain[nth]
      expect(other?.payload).toEqual(one.payload)
      const { ttl: ownTtl, ...ownHeaders } = one.headers
      const { ttl, ...headers } = other?.headers ?? {}
      expect(headers).toEqual(ownHeaders)
      // What is left of the alert's time; the second run begins later.
      expect(Number(ttl)).toBeGreaterThan(Number(ownTtl) - 120)
      expect(Number(ttl)).toBeLessThanOrEqual(3_600)
      expect(other?.body.length).toBe(one.body.length)
      expect(other?.publicKey).toBe(one.publicKey)
      const { aud, sub, exp } = one.claims
      expect(other?.claims).toMatchObject({ aud, sub })
      expect(Math.abs((other?.claims.exp ?? 0) - exp)).toBeLessThan(600)
    }
  },
)

test('an answer that asks for a later time has both senders send the stored ciphertext again, not a new one', async () => {
  for (const sender of ['own', 'web-push'] as const) {
    const { service, seen: pushes } = await send(sender, false, (nth) =>
      nth <= 2 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 201 },
    )
    await until(() => service.counterTotals.filter(({ status }) => status === 201).length === 12)
    const bodies = new Set(pushes().map(({ body }) => body.toString('hex')))
    expect(bodies.size).toBe(12)
    expect(pushes()).toHaveLength(24)
  }
})

test('our sending passes its check here, and where a check fails web-push sends and the operator is told why', async () => {
  expect(ownSendingFault()).toBeNull()
  const told: string[] = []
  const warn = (line: string) => void told.push(line)
  expect(await checkedSender('own', warn)).toBe('own')
  expect(await checkedSender('web-push', warn, () => 'a fault that nobody asks for')).toBe('web-push')
  expect(told).toEqual([])
  expect(await checkedSender('own', warn, () => 'another Node')).toBe('web-push')
  expect(told).toEqual([expect.stringContaining('another Node')])
})
