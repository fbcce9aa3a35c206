import type { Kind } from '../../domain/alert-types.ts'
import { sentAlert } from '../../domain/rendering/sent-alert.ts'
import type { Entry } from '../../log/log.ts'
import { formatCursor } from '../../protocol/cursor.ts'
import type { AuditLine } from '../audit.ts'
import type { WebhookEventType } from './webhook.ts'

/**
 * Something that webhooks are told of, as it is stored with what it is about. `subject`: what its message is made of: the seq
 * of an entry, which never changes, or the data itself. `audience`: null: everybody's.
 */
export type WebhookEvent = {
  readonly event: WebhookEventType
  readonly at: string
  readonly audience: 'public' | 'test' | null
  readonly subject: Readonly<Record<string, unknown>>
}

const eventOfKind: Readonly<Record<Kind, WebhookEventType>> = {
  alert: 'alert.published',
  update: 'alert.updated',
  correction: 'alert.corrected',
  retraction: 'alert.retracted',
}

/**
 * What webhooks are told of an act, by its line in the audit log; null: nothing. Of what is not published they are not told
 * the words: a chat room has more readers than the desk.
 */
export function eventOf({ at, by, act, itemId, alertId, detail }: AuditLine): WebhookEvent | null {
  const audience = detail.audience === 'test' ? 'test' : 'public'
  if (act === 'published') {
    return { event: eventOfKind[detail.kind as Kind], at, audience, subject: { seq: detail.seq } }
  }
  const isAsked = (act === 'submit' || act === 'publish') && detail.state === 'awaiting-approval'
  if (!isAsked || itemId === null) return null
  const { kind, version, hash, level, topics = [], languages } = detail
  const item = { id: itemId, kind, alertId, version, hash, level, audience, topics, languages }
  return { event: 'item.awaiting-approval', at, audience, subject: { item, by: by?.name ?? null } }
}

/** The body of a message. `entry`: the one that its subject names; null for other events. The same on each attempt. */
export function messageBody(
  { event, at, subject }: Pick<WebhookEvent, 'event' | 'at' | 'subject'>,
  entry: Entry | null,
  epoch: string,
): string {
  if (entry === null) return JSON.stringify({ type: event, timestamp: at, data: subject })
  const { seq, kind, alert } = entry
  const data = { seq, cursor: formatCursor({ epoch, seq }), kind, at: entry.at, alert: sentAlert(alert) }
  return JSON.stringify({ type: event, timestamp: at, data })
}

/** The body of the message that an admin sends to try a webhook. */
export function testBody(at: string, name: string): string {
  return JSON.stringify({ type: 'webhook.test', timestamp: at, data: { webhook: name } })
}
