import type { Hono } from 'hono'
import type { Authority, Editor, EditorStore } from '../auth/editor.ts'
import type { Requester } from '../auth/requester.ts'
import type { Desk } from '../desk/desk.ts'
import type { PauseStore } from '../desk/pause.ts'
import type { Alert } from '../domain/alert.ts'
import type { Newsroom } from '../domain/newsroom.ts'
import type { AlertLog } from '../log/log.ts'
import type { Query } from '../protocol/query-parameters.ts'
import type { StreamRequest } from '../protocol/stream-request.ts'
import type { VapidSettings } from '../push/crypto/public-vapid.ts'
import type { Alarm } from '../push/outbox/alarms.ts'
import type { PushOutbox } from '../push/outbox/outbox.ts'
import type { TestResult } from '../push/send/test-push.ts'
import type { SubscribeLimits } from '../push/subscriptions/subscribe-limits.ts'
import type { SubscriptionStore } from '../push/subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../push/subscriptions/subscription-archive.ts'

/** What a platform gives to the surface: the same rooms behind every door. */
export type HttpDeps = {
  readonly newsroom: Newsroom
  readonly log: AlertLog
  readonly desk: Desk
  readonly editors: EditorStore
  readonly subscriptions: SubscriptionStore
  readonly archive: SubscriptionArchive
  readonly outbox: Pick<PushOutbox, 'delivery'>
  /** Stops the pushes of an alert up to its newest change; false: there is no such alert. Throws a Problem (401, 403). */
  readonly stopPushes: (alertId: string, by: Authority) => Promise<boolean>
  readonly pauses: PauseStore
  /** What a person should look at, newest first. */
  readonly alarms: () => Promise<readonly Alarm[]>
  /** The VAPID key that browsers subscribe with now, and those that still serve. */
  readonly vapid: VapidSettings
  /** The hosts of push services that a subscription may name; those with a dot before them are suffixes. */
  readonly pushHosts: readonly string[]
  /** Seals a small notification for one reader and sends it at once: the `test` route. */
  readonly sendTest: (subscriptionId: string, token: string) => Promise<TestResult>
  /** How many live readers would be sent an alert, by language. */
  readonly sockets: (alert: Alert) => Promise<ReadonlyMap<string, number>>
  /** Answers `GET /v1/events` with a stream, once its parameters are known to be right. */
  readonly events: (request: StreamRequest, raw: unknown) => Response | Promise<Response>
  /** Null when ready to serve, else why not. */
  readonly notReady: () => string | null | Promise<string | null>
  /** Prometheus text. */
  readonly metrics: () => Promise<string>
  readonly metricsKey: string | null
  /** Whether a request was made on this very machine, by nobody's order: not by way of a proxy. */
  readonly isLocal: (raw: unknown) => boolean
  /** The origin that readers see, such as https://alerts.example; null: the request's own. */
  readonly publicUrl: string | null
  /** Whether X-Forwarded-Host and X-Forwarded-Proto are the proxy's own words. */
  readonly trustProxy: boolean
  /** New subscriptions, within their limits. */
  readonly subscribing: Pick<SubscribeLimits, 'take'>
  /** An address to count by, in memory only; never stored, never logged. */
  readonly addressOf: (raw: unknown) => string
  /** The platform's own `secretHash`, where that is cheaper than Web Crypto's. */
  readonly hashOf?: (secret: string) => string
  readonly now: () => number
  /** A new UUIDv7. */
  readonly newId: () => string
  /** Tells the operator of trouble that no reader should see. */
  readonly report: (error: unknown, doing: string) => void
}

export type AppEnv = {
  Bindings: object
  Variables: { editor: Editor | null; requester: Requester; askedAt: string; authority: Authority; query: Query }
}
export type App = Hono<AppEnv>
