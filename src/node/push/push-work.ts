import type { Newsroom } from '../../domain/newsroom.ts'
import { keyedHash, topicOf } from '../../push/crypto/hmac.ts'
import type { Seal } from '../../push/crypto/seal.ts'
import type { VapidKeys } from '../../push/crypto/vapid-key-set.ts'
import { VapidTokens } from '../../push/crypto/vapid-tokens.ts'
import type { SendingNodes } from '../../push/outbox/block-homes.ts'
import type { PushCounts, PushOutbox } from '../../push/outbox/outbox.ts'
import type { ConnectTo } from '../../push/send/connect-to.ts'
import { type PayloadDeps, payloadOf } from '../../push/send/payload.ts'
import { Pusher } from '../../push/send/pusher.ts'
import { SendPush } from '../../push/send/send-push.ts'
import { type Succession, seedBytes } from '../../signing/key-ring.ts'
import type { MirrorList, Signed } from '../../signing/statements.ts'
import { nodeSigner } from '../signing/node-signer.ts'
import { PushSender } from './connections/connection-pool.ts'
import type { PushSenderName, PushSending } from './sending/push-sending.ts'

/** The settings of sending: plain values that can be cloned for a thread. */
export type SenderSettings = {
  readonly newsroom: Newsroom
  /** The implementation that encrypts, signs and sends. */
  readonly sender: PushSenderName
  /** The key that browsers subscribe with now comes first; older ones serve their subscriptions. */
  readonly vapidKeys: readonly [VapidKeys, ...VapidKeys[]]
  /** A mailto: or https: URL, to which push services write. */
  readonly vapidSubject: string
  /** The secret that encrypts stored addresses; 32 bytes, from `loadSecret`. */
  readonly secret: Uint8Array
  /** The private key that signs what is published, in base64url. Absent: nothing is signed. */
  readonly signingKey?: string
  /** By what that key follows the one before it. Absent: it is the first. */
  readonly succession?: Succession
  /** The signed list of mirrors that pushes carry. Absent: there are none. */
  readonly mirrors?: Signed<MirrorList>
  /** The origin of links in notifications, such as https://alerts.example, without a trailing slash. */
  readonly publicUrl: string
  /** The hosts of push services. One that begins with a dot is a suffix. */
  readonly pushHosts: readonly string[]
  readonly connectTo?: ConnectTo
  readonly ca?: string
}

/** Dependencies on the platform: clock, ids and error reports. */
export type PushPlatform = {
  readonly now: () => number
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly report: (error: unknown, doing: string) => void
}

/** Push keys that were used since the start, of those that are computed in advance at all. */
export type KeyUses = { readonly prepared: number; readonly computed: number }

/** None. */
export const noKeyUses: KeyUses = { prepared: 0, computed: 0 }

/** Running work on the outbox. */
export type PushWork = {
  readonly pushCounts: PushCounts
  /** How many push keys are prepared now. */
  readonly prepared: () => number
  /** Wakes it: there may be work. */
  wake(): void
  /** Push keys that were used, by when they were computed: in advance, or for the push. */
  readonly keyUses: () => KeyUses
  /** The nodes that send now: each takes its share of a push service's limit. */
  shareWith(nodes: SendingNodes): void
  /** Settles or gives back leased work, then closes the connections. */
  stop(): Promise<void>
}

/** A `SendPush` with its own connections. */
export function makeSendPush(
  settings: SenderSettings,
  { now, report }: PushPlatform,
  sending: PushSending,
  seal: Seal = sending.seal,
  senders: () => number = () => 1,
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
    senders,
  })
  return { sendPush, close: () => sender.close() }
}

type Deps = {
  /** With the owner of its leases. */
  readonly outbox: Pick<PushOutbox, 'claim' | 'settle'>
  readonly settings: SenderSettings
  readonly world: PushPlatform
  readonly sending: PushSending
  /** Replaces the implementation's own encryption, so that prepared keys are used. */
  readonly seal?: Seal
  /** The log's identity, which every cursor contains. */
  readonly epoch: string
}

/** What signs pushes, what vouches for its key, and the list of mirrors. */
export function pushSigning({
  signingKey,
  succession,
  mirrors,
}: Pick<SenderSettings, 'signingKey' | 'succession' | 'mirrors'>): Required<
  Pick<PayloadDeps, 'signer' | 'succession' | 'mirrors'>
> {
  const signer = signingKey === undefined ? null : nodeSigner(seedBytes(signingKey))
  return { signer, succession: succession ?? null, mirrors: mirrors ?? null }
}

/** Starts to claim, encrypt, send and settle due pushes. */
export async function startPushWork({
  outbox,
  settings,
  world,
  sending,
  seal = sending.seal,
  epoch,
}: Deps): Promise<PushWork & { /** Whether it is sending: what can wait should. */ readonly busy: () => boolean }> {
  const { newsroom, publicUrl, secret } = settings
  let senders = 1
  const { sendPush, close } = makeSendPush(settings, world, sending, seal, () => senders)
  const topicHash = await keyedHash(secret, 'topic')
  const deps = { newsroom, publicUrl, epoch, ...pushSigning(settings) }
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
    pushCounts: pusher.pushCounts,
    prepared: () => 0,
    busy: () => pusher.busy,
    wake: () => pusher.wake(),
    keyUses: () => noKeyUses,
    shareWith(nodes) {
      senders = nodes.count
    },
    async stop() {
      stopping.abort()
      await running
      close()
    },
  }
}
