import type { Newsroom } from '../../domain/newsroom.ts'
import { publicVapid } from '../../push/crypto/public-vapid.ts'
import type { PushKeys } from '../../push/crypto/vapid-key-set.ts'
import { withoutSecret, wrongSecret } from '../../push/crypto/wrong-secret.ts'
import { noPushes } from '../../push/outbox/outbox.ts'
import { SubscriptionRefused } from '../../push/subscriptions/subscription.ts'
import type { Peers } from '../cluster/peers.ts'
import type { OpenPushStorage } from '../stores/push-storage.ts'
import type { StoreAddress } from '../stores/store-address.ts'
import type { PushEngine } from './push-engine.ts'
import { startPushStore } from './push-store.ts'
import { noKeyUses } from './push-work.ts'

type Deps = PushKeys & {
  readonly openPushStorage: OpenPushStorage
  readonly address: StoreAddress
  readonly newsroom: Newsroom
  readonly pushHosts: readonly string[]
  readonly peers: Pick<Peers, 'ask'>
  readonly now: () => number
  readonly newId: () => string
  readonly report: (error: unknown, doing: string) => void
}

/**
 * The push engine of a process that does not push. It stores subscriptions and reads deliveries in the shared database,
 * and the owner process sends.
 */
export async function openNoPush(deps: Deps): Promise<PushEngine> {
  const { openPushStorage, address, peers, newsroom, pushHosts, vapidKeys, secret, now, report } = deps
  const { isProven, outbox } = await openPushStorage(deps)
  const store = startPushStore({
    address,
    secret,
    wanted: { newsroom, pushHosts, vapid: publicVapid(deps) },
    now,
    report,
  })
  return {
    subscriptions: isProven ? store : withoutSecret(store),
    subscribe: isProven ? store.subscribe : () => Promise.reject(new SubscriptionRefused('locked')),
    outbox,
    vapid: { keyId: vapidKeys[0].keyId, publicKey: vapidKeys[0].publicKey },
    alarms: () => [],
    notReady: () => (isProven ? null : wrongSecret),
    prepared: () => 0,
    keyUses: () => noKeyUses,
    sender: null,
    single: null,
    pushCounts: noPushes,
    async sendTest(subscriptionId, token) {
      const answers = await peers.ask({ about: 'test', subscriptionId, token })
      return answers.find((answer) => answer !== null) ?? 'failed'
    },
    wake() {
      // The owner has its own wake-ups from the log.
    },
    shareWith() {},
    async stop() {},
    close: () => store.stop(),
  }
}
