import { v7 as uuidv7 } from 'uuid'
import type { Newsroom } from '../../domain/newsroom.ts'
import { droppedInterestsLine } from '../../domain/newsroom-dropped.ts'
import type { AlertLog } from '../../log/log.ts'
import type { PushKeys } from '../../push/crypto/vapid-key-set.ts'
import type { Alarms } from '../../push/outbox/alarms.ts'
import { lostKeys } from '../../push/subscriptions/lost-keys.ts'
import { withSuffixes } from '../../push/subscriptions/push-services.ts'
import { type Signing, successionOf } from '../../signing/key-ring.ts'
import { mirrorsOfPushes, type PublishedSigning } from '../../signing/statements.ts'
import type { Peers } from '../cluster/peers.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { OpenPushStorage } from '../stores/push-storage.ts'
import type { StoreAddress } from '../stores/store-address.ts'
import type { Stores } from '../stores/stores.ts'
import { openNoPush } from './push-disabled.ts'
import { type PushEngine, startPush } from './push-engine.ts'
import { checkedSender } from './sending/choose-sender.ts'

type Deps = {
  readonly config: Config
  readonly logger: Logger
  readonly peers: Peers
  readonly settings: PushKeys
  readonly signing: Pick<Signing, 'seed' | 'keys'> & { readonly signed: PublishedSigning }
  readonly address: StoreAddress
  readonly outboxStats: Stores['outboxStats']
  readonly openPushStorage: OpenPushStorage
  readonly log: AlertLog
  readonly newsroom: Newsroom
  /** The alarms of this process, shown together with those of the push engine. */
  readonly alarms: Alarms
}

/**
 * Opens the push engine of this process. The owner's one sends; the others only use its tables. Warns of subscriptions
 * that cannot be served as they were made. `url`: the origin of links in notifications without PUBLIC_URL.
 */
export async function openPush(deps: Deps, url: string): Promise<PushEngine> {
  const engine = await openEngine(deps, url)
  const push = await withLostKeys({ ...engine, alarms: () => [...deps.alarms.list(), ...engine.alarms()] }, deps)
  if (deps.peers.owner) await warnOfDroppedInterests(push, deps)
  return push
}

async function openEngine(
  { config, logger, peers, settings, signing, address, outboxStats, openPushStorage, log, newsroom }: Deps,
  url: string,
): Promise<PushEngine> {
  const pushHosts = withSuffixes(config.pushHosts)
  const platform = { now: Date.now, newId: () => uuidv7(), report: logger.report }
  const succession = successionOf(signing.keys)
  const mirrors = mirrorsOfPushes(signing.signed, newsroom)
  const keys = {
    ...{ signingKey: signing.seed, ...(succession === null ? {} : { succession }) },
    ...(mirrors === null ? {} : { mirrors }),
  }
  const deps = { ...settings, ...platform, openPushStorage, log, newsroom, peers, pushHosts, ...keys }
  if (!peers.owner) return openNoPush({ ...deps, address })
  const { pushThreads: count, pushPreparedMax: preparedMax } = config
  return startPush({
    ...deps,
    sender: await checkedSender(config.pushSender, logger.warn),
    publicUrl: config.publicUrl ?? url,
    connectTo: config.pushConnectTo,
    threads: { count, preparedMax, address, outboxStats },
  })
}

/**
 * Raises an alarm while there are subscriptions whose VAPID key is missing, and stays ready however many they are: every
 * node has the same keys, and a load balancer that took them all out would take the streams and pages away too.
 */
async function withLostKeys(push: PushEngine, { alarms, peers, logger, settings }: Deps): Promise<PushEngine> {
  const lost = lostKeys(
    await push.subscriptions.hostKeyCounts(),
    settings.vapidKeys.map(({ keyId }) => keyId),
  )
  if (lost === null) return push
  const { detail } = lost
  const raise = () => alarms.raise({ kind: 'key', host: null, detail })
  if (peers.owner) logger.alert(detail.replace(/^./, (first) => first.toUpperCase()))
  return {
    ...push,
    alarms() {
      raise()
      return push.alarms()
    },
  }
}

/**
 * Warns of subscriptions to languages and topics that the newsroom has dropped: their readers would get fewer alerts
 * unnoticed.
 */
async function warnOfDroppedInterests({ subscriptions }: PushEngine, { newsroom, logger }: Deps): Promise<void> {
  const line = droppedInterestsLine(newsroom, await subscriptions.count())
  if (line !== null) logger.warn(line)
}
