import type { Authority } from '../../auth/editor.ts'
import type { KeyedRequest } from '../../auth/keyed-request.ts'
import type { DeadLetter, StoredWebhook } from './webhook.ts'

/** A new webhook; its address and its secret are encrypted. */
export type NewWebhook = Pick<StoredWebhook, 'id' | 'name' | 'events' | 'audience' | 'createdAt' | 'address' | 'secret'>

/** What an admin changes of a webhook. */
export type WebhookChange = Pick<StoredWebhook, 'name' | 'events' | 'audience' | 'state' | 'address'>

/**
 * A new secret, the former ones with the one that it `replaces` (null: they are too many), all encrypted, and until when the
 * newest of those counts.
 */
export type NewSecret = {
  readonly secret: Uint8Array
  readonly former: Uint8Array | null
  readonly formerUntil: string
  readonly replaces: Uint8Array
}

/** Which dead letters are read, the newest first. `before`: the id of the last of the page before. */
export type DeadLetterPart = {
  readonly limit: number
  readonly webhookId?: string | undefined
  readonly before?: string | undefined
}

/** The newsroom's webhooks. Each write checks the authority and writes its line of the audit log in its own transaction. */
export interface WebhookStore {
  /**
   * Throws a Problem (409 `too-many-webhooks`) beyond `most`. `request`: the same again gives what the first has made, as it
   * stands now, and null where that was removed; another with its key is refused (409 `idempotency-key-reused`).
   */
  add(webhook: NewWebhook, by: Authority, most: number, request?: KeyedRequest): Promise<StoredWebhook | null>
  list(): Promise<readonly StoredWebhook[]>
  /** Null: there is no such webhook. */
  change(id: string, change: WebhookChange, by: Authority): Promise<StoredWebhook | null>
  /**
   * Gives it another secret. Null: there is no such webhook; `replaced`: its secret is another than the one to replace, and
   * nothing has changed. `request`: the same again gives it no other. Throws a Problem (409 `too-many-secrets`) where the
   * former ones are too many.
   */
  rotate(id: string, made: NewSecret, by: Authority, request?: KeyedRequest): Promise<StoredWebhook | 'replaced' | null>
  /** Removes it with all its messages. False: there is no such webhook. */
  remove(id: string, by: Authority): Promise<boolean>
}

/** The messages that were tried for the last time. */
export interface DeadLetterStore {
  deadLetters(part: DeadLetterPart): Promise<readonly DeadLetter[]>
  /**
   * Dead letters are due again, at once: one, those of a webhook, or all but those of ended webhooks. How many there were.
   * Throws a Problem (409 `webhook-ended`) for one, or a webhook, that nothing is sent to.
   */
  replay(which: ReplayPart, by: Authority): Promise<number>
}

export type ReplayPart = { readonly messageId: string } | { readonly webhookId: string } | { readonly all: true }
