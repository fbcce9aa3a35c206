import type { Newsroom } from '../../domain/newsroom.ts'
import { Vault } from '../../push/crypto/address-encryption.ts'
import { publicVapid } from '../../push/crypto/public-vapid.ts'
import type { PushKeys } from '../../push/crypto/vapid-key-set.ts'
import { withoutSecret, wrongSecret } from '../../push/crypto/wrong-secret.ts'
import { refusalOf } from '../../push/subscriptions/subscription.ts'
import type { Sql } from '../../store/sql.ts'
import { SqliteOutbox } from '../../store/sqlite/outbox/sqlite-outbox.ts'
import { proveSecret } from '../../store/sqlite/secret-canary.ts'
import type { Kin } from '../cluster/peers.ts'
import { leanVaultCrypto } from './node-address-encryption.ts'
import type { PushRoom } from './push-engine.ts'
import { startPushStore } from './push-store.ts'

type Parts = PushKeys & {
  readonly sql: Sql
  readonly databasePath: string
  readonly newsroom: Newsroom
  readonly pushHosts: readonly string[]
  readonly kin: Pick<Kin, 'ask'>
  readonly now: () => number
  readonly newId: () => string
  readonly report: (trouble: unknown, doing: string) => void
}

/**
 * The push path in a process that does not push: it keeps subscriptions and reads deliveries in the shared database,
 * and lets the owner send.
 */
export async function openNoPush(parts: Parts): Promise<PushRoom> {
  const { sql, databasePath, kin, newsroom, pushHosts, vapidKeys, secret, now, newId, report } = parts
  const vault = await Vault.make(secret, leanVaultCrypto(secret))
  const isProven = await proveSecret(sql, vault)
  const store = startPushStore({
    databasePath,
    secret,
    wanted: { newsroom, pushHosts, vapid: publicVapid(parts) },
    now,
    report,
  })
  return {
    subscriptions: isProven ? store : withoutSecret(store),
    subscribe: isProven ? store.subscribe : () => Promise.reject(refusalOf('locked')),
    outbox: new SqliteOutbox({ sql, vault, now, newId, report }),
    vapid: { keyId: vapidKeys[0].keyId, publicKey: vapidKeys[0].publicKey },
    alarms: () => [],
    notReady: () => (isProven ? null : wrongSecret),
    prepared: () => 0,
    tally: { accepted: 0, gone: 0, failed: 0, again: 0 },
    async sendTest(subscriptionId, token) {
      const answers = await kin.ask({ about: 'test', subscriptionId, token })
      return answers.find((answer) => answer !== null) ?? 'failed'
    },
    ring() {
      // The owner hears of an append by itself.
    },
    async stop() {},
    close: () => store.stop(),
  }
}
