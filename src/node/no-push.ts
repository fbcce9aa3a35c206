import { publicVapid } from '../http/vapid.ts'
import type { Newsroom } from '../newsroom.ts'
import { refusalOf } from '../push/subscription.ts'
import type { PushKeys } from '../push/vapid-ring.ts'
import { Vault } from '../push/vault.ts'
import { withoutSecret, wrongSecret } from '../push/wrong-secret.ts'
import { proveSecret } from '../store/canary.ts'
import type { Sql } from '../store/sql.ts'
import { SqliteOutbox } from '../store/sqlite-outbox.ts'
import type { Kin } from './kin.ts'
import { leanVaultCrypto } from './lean-vault.ts'
import type { PushRoom } from './push-room.ts'
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
