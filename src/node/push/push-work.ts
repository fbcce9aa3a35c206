import type { Newsroom } from '../../domain/newsroom.ts'
import { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { keyedHash, topicOf } from '../../push/crypto/hmac.ts'
import type { Seal } from '../../push/crypto/seal.ts'
import type { VapidKeys } from '../../push/crypto/vapid-key-set.ts'
import { VapidTokens } from '../../push/crypto/vapid-tokens.ts'
import type { ConnectTo } from '../../push/send/connect-to.ts'
import { payloadOf } from '../../push/send/payload.ts'
import { Pusher } from '../../push/send/pusher.ts'
import { SendPush } from '../../push/send/send-push.ts'
import type { Sql } from '../../store/sql.ts'
import { SqliteOutbox } from '../../store/sqlite/outbox/sqlite-outbox.ts'
import { PushSender } from './connections/connection-pool.ts'
import { nodeAddressCrypto } from './node-address-encryption.ts'
import type { PushSenderName, PushSending } from './sending/push-sending.ts'

/** What sending needs to know: plain values, so that they can be handed to a thread. */
export type SenderSettings = {
  readonly newsroom: Newsroom
  /** The implementation that seals, signs and sends. */
  readonly sender: PushSenderName
  /** The key that browsers subscribe with now comes first; older ones serve their subscriptions. */
  readonly vapidKeys: readonly [VapidKeys, ...VapidKeys[]]
  /** A mailto: or https: address that push services write to. */
  readonly vapidSubject: string
  /** What stored addresses are closed under; 32 bytes, from `keptSecret`. */
  readonly secret: Uint8Array
  /** The origin of the links in notifications, such as https://alerts.example, without a closing slash. */
  readonly publicUrl: string
  /** The hosts of push services; those with a dot before them are suffixes. */
  readonly pushHosts: readonly string[]
  readonly connectTo?: ConnectTo
  readonly ca?: string
}

/** The world around it. */
export type PushPlatform = {
  readonly now: () => number
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly report: (error: unknown, doing: string) => void
}

/** How many pushes ended in which way. */
export type StreamCounters = Readonly<Record<'accepted' | 'gone' | 'failed' | 'again', number>>

/** Work on the outbox, under way. */
export type PushWork = {
  readonly streamCounters: StreamCounters
  /** How many push keys are made ahead now. */
  readonly prepared: () => number
  /** There may be work. */
  wake(): void
  /** Finishes or gives back what is on loan, then closes the connections. */
  stop(): Promise<void>
}

/** A courier with its own connections. */
export function makeSendPush(
  settings: SenderSettings,
  { now, report }: PushPlatform,
  sending: PushSending,
  seal: Seal = sending.seal,
): { readonly sendPush: SendPush; close(): void } {
  const sender = new PushSender({ ...settings, http2Link: sending.http2Link })
  const sendPush = new SendPush({
    seal,
    send: sender.send,
    tokens: new VapidTokens(
      sending.signerOf(settings.vapidSubject, settings.vapidKeys),
      now,
      settings.vapidKeys.map(({ keyId }) => keyId),
    ),
    hosts: settings.pushHosts,
    now,
    random: Math.random,
    report,
  })
  return { sendPush, close: () => sender.close() }
}

type Deps = {
  readonly sql: Sql
  readonly settings: SenderSettings
  readonly world: PushPlatform
  readonly sending: PushSending
  /** Instead of the implementation's own: with keys made ahead. */
  readonly seal?: Seal
  /** The log's identity, which every cursor carries. */
  readonly epoch: string
  /** The name its loans are under; see `SqliteOutbox`. */
  readonly owner: string
}

/** Starts to claim, seal, send and settle what is due. */
export async function startPushWork({
  sql,
  settings,
  world,
  sending,
  seal = sending.seal,
  epoch,
  owner,
}: Deps): Promise<PushWork & { /** Whether it is sending: what can wait should. */ readonly busy: () => boolean }> {
  const { newsroom, publicUrl, secret } = settings
  const { sendPush, close } = makeSendPush(settings, world, sending, seal)
  const topicHash = await keyedHash(secret, 'topic')
  const addressEncryption = await AddressEncryption.make(secret, nodeAddressCrypto(secret))
  const outbox = new SqliteOutbox({ sql, addressEncryption, owner, ...world })
  const deps = { newsroom, publicUrl, epoch }
  const pusher = new Pusher({
    outbox,
    sendPush,
    payload: (batch, language, discreet) => payloadOf(batch.entry, language, discreet, deps),
    topic: (alertId) => topicOf(topicHash, alertId),
    now: world.now,
    random: Math.random,
    report: world.report,
  })
  const stopping = new AbortController()
  const running = pusher.run(stopping.signal)
  return {
    streamCounters: pusher.streamCounters,
    prepared: () => 0,
    busy: () => pusher.busy,
    wake: () => pusher.wake(),
    async stop() {
      stopping.abort()
      await running
      close()
    },
  }
}
