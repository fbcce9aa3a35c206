import type { Alert } from '../alert.ts'
import type { Editor } from '../editor.ts'
import type { Interest } from '../interest.ts'
import type { Bounds, Entry, Seq } from '../log.ts'
import type { Pause } from '../pause.ts'
import type { Alarm } from '../push/alarms.ts'
import type { Delivery } from '../push/outbox.ts'
import type { NewSubscription } from '../push/subscription.ts'
import type { Place, SubscriptionPage } from '../push/subscription-archive.ts'
import type { PushKeys } from '../push/vapid-ring.ts'

// What the objects do for each other: remote calls, so that arguments and answers are plain values.

/** Whoever follows the log. A bell carries no data. */
export interface Rung {
  /** There may be more: reads on, and answers with the seq that it has reached. */
  ring(): Promise<Seq>
}

/** Where a follower reads the log and asks to be rung: the log object, or a relay below it. */
export interface Upstream {
  bounds(): Promise<Bounds>
  after(cursor: Seq, limit: number): Promise<readonly Entry[]>
  /** Rings this object from now on whenever the log has grown; again is harmless. */
  enlist(kind: Follower, id: string): Promise<void>
  /** Rings it no more. */
  dismiss(id: string): Promise<void>
}

export type Follower = 'hub' | 'push' | 'relay'

export interface LogCalls extends Upstream {
  editorByKey(keyHash: string): Promise<Editor | null>
  editorBySession(tokenHash: string, now: string): Promise<Editor | null>
  pause(): Promise<Pause>
  pushKeys(): Promise<PushKeys>
  /** Which relay a hub reads from; null: from the log object itself. */
  relayOf(hubId: string): Promise<string | null>
}

export interface RelayCalls extends Upstream, Rung {
  /** How many live readers below it would be sent an alert, by language. */
  audience(alert: Alert): Promise<readonly (readonly [string, number])[]>
}

export interface HubCalls extends Rung {
  /** How many of its live readers would be sent an alert, by language. */
  audience(alert: Alert): Promise<readonly (readonly [string, number])[]>
  /** How many readers it holds. */
  size(): Promise<number>
}

/** One shard of the subscriptions and what is due to them. */
export interface PushCalls extends Rung {
  count(): Promise<readonly { readonly interest: Interest; readonly count: number }[]>
  delivery(alertId: string): Promise<readonly Delivery[]>
  stop(alertId: string, through: Seq): Promise<void>
  /** `taken`: the endpoint is there with other keys. */
  bring(subscription: NewSubscription, createdAt: string): Promise<'made' | 'kept' | 'taken'>
  page(after: number, limit: number): Promise<SubscriptionPage>
  places(): Promise<readonly Place[]>
  alarms(): Promise<readonly Alarm[]>
  /** How many pushes ended in which way since the object was last woken. */
  tally(): Promise<Readonly<Record<'accepted' | 'gone' | 'failed' | 'again', number>>>
}
