import type { Authority, Credential, KeyHolder } from '../auth/editor.ts'
import type { Pause } from '../desk/pause.ts'
import type { Alert } from '../domain/alert-types.ts'
import type { Bounds, Entry, Seq } from '../log/log.ts'
import type { VapidSettings } from '../push/crypto/public-vapid.ts'
import type { PushKeys } from '../push/crypto/vapid-key-set.ts'
import type { Alarm } from '../push/outbox/alarms.ts'
import type { DeliveryPart } from '../push/outbox/delivery.ts'
import type { PushCounts } from '../push/outbox/outbox.ts'
import type { TestResult } from '../push/send/test-push.ts'
import type { NewSubscription, Refusal, SubscriptionStore } from '../push/subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../push/subscriptions/subscription-archive.ts'
import type { Succession } from '../signing/key-ring.ts'
import type { MirrorList, Signed } from '../signing/statements.ts'

// The remote procedure calls between the objects. Arguments and results are plain values.

/** An object that follows the log. A wake-up carries no data. */
export interface WakeTarget {
  /** Reads the log from where it is, and gives the seq that it has reached. */
  wake(): Promise<Seq>
}

/** Where a follower reads the log and subscribes to wake-ups: the log object, or a relay below it. */
export interface Upstream {
  bounds(): Promise<Bounds>
  after(cursor: Seq, limit: number): Promise<readonly Entry[]>
  /** Wakes this object from now on after each append; a second call is harmless. */
  enlist(kind: Follower, id: string): Promise<void>
  /** Ends the wake-ups of this object. */
  dismiss(id: string): Promise<void>
}

export type Follower = 'hub' | 'push' | 'relay'

/**
 * What a push object encrypts and signs with; `signingKey` in base64url. `succession`: by what that key follows the one before it.
 * `mirrors`: the signed list that pushes carry.
 */
export type ShardKeys = PushKeys & {
  readonly signingKey: string
  readonly succession: Succession | null
  readonly mirrors: Signed<MirrorList> | null
}

export interface LogCalls extends Upstream {
  /** Who holds a key or a session. */
  holder(credential: Credential, at: string): Promise<KeyHolder | null>
  pause(): Promise<Pause>
  /** The ids of the editors whose keys have not been revoked. */
  editorIds(): Promise<readonly string[]>
  pushKeys(): Promise<ShardKeys>
  /** The public part of the push keys. */
  vapid(): Promise<VapidSettings>
  /** Which relay a hub reads from; null: from the log object itself. */
  relayOf(hubId: string): Promise<string | null>
}

export interface RelayCalls extends Upstream, WakeTarget {
  /** How many live readers of the hubs below it would be sent an alert, by language. */
  countByLanguage(alert: Alert): Promise<readonly (readonly [string, number])[]>
}

export interface HubCalls extends WakeTarget {
  /** How many of its live readers would be sent an alert, by language. */
  countByLanguage(alert: Alert): Promise<readonly (readonly [string, number])[]>
  /** The number of its readers. */
  size(): Promise<number>
}

/** The number of a shard, and the origin that readers use; null when it is not known. */
export type ShardAndOrigin = { readonly shard: number; readonly origin: string | null }

/**
 * A call that gives a refusal as a word in place of throwing SubscriptionRefused: a remote call loses an error's class.
 */
type RefusalAsWord<Call> = Call extends (...given: infer Given) => Promise<infer Result>
  ? (...given: Given) => Promise<Result | Refusal>
  : never

/** One shard of the subscriptions and of the outbox. */
export interface PushCalls
  extends WakeTarget,
    Pick<SubscriptionStore, 'remove' | 'count'>,
    Pick<SubscriptionArchive, 'hostKeyCounts'> {
  put(
    subscription: NewSubscription,
    now: string,
    place: ShardAndOrigin,
    by?: Authority,
  ): Promise<{ readonly id: string; readonly token: string; readonly made: boolean } | Refusal>
  importOne(
    subscription: NewSubscription,
    createdAt: string,
    place: ShardAndOrigin,
    by?: Authority,
  ): Promise<'made' | 'kept' | Refusal>
  get: RefusalAsWord<SubscriptionStore['get']>
  change: RefusalAsWord<SubscriptionStore['change']>
  interestOf: RefusalAsWord<SubscriptionStore['interestOf']>
  page: RefusalAsWord<SubscriptionArchive['page']>
  sendTest(subscriptionId: string, token: string): Promise<TestResult>
  /** The delivery of each change of an alert, with its durations as counts, which can be added up over shards. */
  deliveryPart(alertId: string): Promise<DeliveryPart>
  stop(alertId: string, through: Seq): Promise<void>
  alarms(): Promise<readonly Alarm[]>
  /** The number of pushes by outcome since the object was last created. */
  pushCounts(): Promise<PushCounts>
}
