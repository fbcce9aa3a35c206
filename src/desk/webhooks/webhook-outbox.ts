import type { WebhookEventType } from './webhook.ts'
import type { WebhookEvent } from './webhook-event.ts'

/**
 * Where a message goes, and what signs it; encrypted. `former`: as `sealFormerSecrets` gives them;
 * `formerUntil`: until then the newest of them counts.
 */
export type SealedTarget = {
  readonly webhookId: string
  readonly address: Uint8Array
  readonly secret: Uint8Array
  readonly former: Uint8Array | null
  readonly formerUntil: string | null
}

/** A message that is leased for one attempt. `attempts`: how often it was tried before. `lease`: names the lease. */
export type LeasedMessage = SealedTarget & {
  readonly id: string
  readonly event: WebhookEventType
  readonly at: string
  readonly subject: WebhookEvent['subject']
  readonly attempts: number
  readonly lease: string
}

/** What a receiver answered; or why there was no answer. `text`: the body, where it was asked for and came whole. */
export type WebhookAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | null; readonly text?: string }
  | { readonly kind: 'failed'; readonly reason: string }

/**
 * Sends one message. Never rejects. `body`: null: a GET; else a POST, as JSON where the headers do not say otherwise.
 * `textBytesMax`: the body of the answer is given, if it is not longer.
 */
export type WebhookSend = (request: {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly textBytesMax?: number
}) => Promise<WebhookAnswer>

/** `again`: it is tried again; `dead`: never; `ended`: its webhook ends too. `detail`: what is shown of the attempt. */
export type WebhookOutcome =
  | { readonly kind: 'accepted' | 'dead' | 'ended'; readonly detail: string }
  | { readonly kind: 'again'; readonly afterMs: number; readonly detail: string }

/** An alarm as it is told. */
export type ToldAlarm = { readonly kind: string; readonly host?: string; readonly detail: string; readonly at: string }

/**
 * The durable messages of webhooks. They are made by the stores, in the transaction of what they tell of. `now`: Unix
 * milliseconds; a store whose database has a clock of its own uses that one.
 */
export interface WebhookOutbox {
  /**
   * Leases what is due: of each active webhook that is not among `busy` the oldest message. What is not settled in time is
   * leased again. `nextMs`: after how many milliseconds the next is due, of the webhooks that have no attempt under way then;
   * null: none waits.
   */
  claim(claim: {
    readonly lease: string
    readonly busy: readonly string[]
    readonly leaseMs: number
    readonly now: number
  }): Promise<{ readonly messages: readonly LeasedMessage[]; readonly nextMs: number | null }>
  /** Stores what became of a message, if its lease still counts. */
  settle(
    message: Pick<LeasedMessage, 'id' | 'webhookId' | 'lease'>,
    outcome: WebhookOutcome,
    now: number,
  ): Promise<void>
  /** Makes a message of each alarm that has not been there for `quietMs`. */
  noteAlarms(alarms: readonly ToldAlarm[], quietMs: number, now: number): Promise<void>
  /** Deletes dead letters that are older than `keptMs`, and beyond the newest `most`. */
  prune(limits: { readonly keptMs: number; readonly most: number }, now: number): Promise<void>
  counts(): Promise<WebhookCounts>
}

export type WebhookCounts = { readonly waiting: number; readonly dead: number }
