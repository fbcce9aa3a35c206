import { noteUses } from '../../../src/auth/key-use.ts'
import { WrongKeys } from '../../../src/auth/wrong-keys.ts'
import { deskDeliveries } from '../../../src/desk/deliveries.ts'
import { Desk } from '../../../src/desk/desk.ts'
import { DeskFeed } from '../../../src/desk/feed/desk-feed.ts'
import { Items } from '../../../src/desk/items/items.ts'
import { Webhooks } from '../../../src/desk/webhooks/webhooks.ts'
import type { Newsroom } from '../../../src/domain/newsroom.ts'
import type { HttpDeps } from '../../../src/http/app.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import { TextEncryption } from '../../../src/push/crypto/text-encryption.ts'
import { EditorBrowsers } from '../../../src/push/editors/editor-browsers.ts'
import { pushServiceHosts } from '../../../src/push/subscriptions/push-services.ts'
import { makeSubscribe } from '../../../src/push/subscriptions/subscribe.ts'
import { SubscribeLimits } from '../../../src/push/subscriptions/subscribe-limits.ts'
import { WebSubHub } from '../../../src/push/websub/websub-hub.ts'
import { publishedSigning } from '../../../src/signing/statements.ts'
import { SqliteAudit } from '../../../src/store/sqlite/desk/sqlite-audit.ts'
import { SqliteItems } from '../../../src/store/sqlite/desk/sqlite-items.ts'
import { SqliteNotices } from '../../../src/store/sqlite/desk/sqlite-notices.ts'
import { SqliteWebhooks } from '../../../src/store/sqlite/desk/sqlite-webhooks.ts'
import { SqliteOutbox } from '../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../../src/store/sqlite/sqlite-pause.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import { SqliteWebSub } from '../../../src/store/sqlite/websub/sqlite-websub.ts'
import { newId, pushSecret } from '../push/push-deps.ts'
import { signing } from '../signing/published-signing.ts'

const now = () => Date.parse('2026-03-01T12:00:00.000Z')

/** What `createApp` needs, on a new database in memory: every store is the real one, and nobody is connected. */
export async function memoryDeps(newsroom: Newsroom, publicUrl: string | null): Promise<HttpDeps> {
  const sql = openSqlite(':memory:')
  const addressEncryption = await AddressEncryption.make(pushSecret)
  const log = new SqliteLog(sql, 'k3f9')
  log.signing.begin({ signer: signing.signer, newsroom })
  const editors = new SqliteEditors(sql)
  const pauses = new SqlitePause(sql)
  const wrongKeys = new WrongKeys()
  const subscriptions = new SqliteSubscriptions({ sql, addressEncryption, newId })
  const report = (error: unknown) => {
    throw error
  }
  const outbox = new SqliteOutbox({ sql, addressEncryption, now, newId, report })
  const deliveries = deskDeliveries({ outbox, reached: async () => new Map(), log, editors })
  const vapid = { keyId: 'k1', publicKey: 'BCVxsr7N', older: [], subject: null }
  const checks = { newsroom, subscriptions, vapid, pushHosts: pushServiceHosts, now }
  const desk = new Desk({ log, newsroom, pauses, now, newId })
  const audit = new SqliteAudit(sql)
  const itemStore = new SqliteItems(sql, log)
  const items = new Items({ items: itemStore, desk, log, newsroom, now, newId })
  const webhooks = new Webhooks({
    ...{ webhooks: new SqliteWebhooks(sql), audit, cipher: new TextEncryption(pushSecret, 'webhook') },
    ...{ send: async () => ({ kind: 'answered', status: 204, retryAfter: null }) as const, localHosts: [], now, newId },
  })
  const signed = publishedSigning(signing, newsroom, now())
  const head = async () => (await log.bounds()).head
  const sockets = async () => ({ byLanguage: new Map<string, number>(), atLeast: false })
  return {
    reads: {
      ...{ newsroom, log, vapid, signed, signer: signing.signer, editors, now, report, publicUrl },
      noteWrongKey: () => wrongKeys.note('192.0.2.1', now()),
      ...{ sessions: editors, noteUse: noteUses({ editors, report }) },
    },
    desk: {
      ...{ desk, items, newsroom, log, editors, pauses, subscriptions, sockets, now, newId, publicUrl },
      outbox: deliveries,
      ...{ audit, webhooks },
      browsers: new EditorBrowsers({
        ...{ browsers: new SqliteNotices(sql), encryption: async () => addressEncryption },
        ...{ vapid, pushHosts: pushServiceHosts, now, newId },
      }),
      feed: new DeskFeed({ items: itemStore, pauses, log, outbox: deliveries, now }),
      report,
    },
    pushes: {
      ...{ ...checks, log, archive: subscriptions, audit, outbox, report },
      stopPushes: (alertId, by) => outbox.stopNewest(alertId, by),
      alarms: async () => [],
    },
    head: { log, signer: signing.signer, now },
    websub: {
      ...{ newsroom, log, publicUrl, now, addressOf: () => '192.0.2.1' },
      hub: new WebSubHub({ store: new SqliteWebSub(sql), secret: pushSecret, localHosts: [], head, now }),
    },
    health: { notReady: () => null, metrics: async () => '', metricsKey: null, isLocal: () => true },
    events: { newsroom, events: () => new Response() },
    subscriptions: {
      ...{ newsroom, subscriptions, now },
      subscribing: new SubscribeLimits({ subscribe: makeSubscribe(checks), perMinute: 0, now }),
      addressOf: () => '192.0.2.1',
      sendTest: async () => 'sent',
    },
  }
}
