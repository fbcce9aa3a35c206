import { Problem } from '../../domain/problem.ts'
import { type AuditLine, deskLine } from '../audit.ts'
import type { StoredWebhook } from './webhook.ts'

/** The line of the audit log for what was done with a webhook. It has no address: those of some receivers are secrets. */
export function webhookLine(
  act: 'webhook-made' | 'webhook-changed' | 'webhook-secret-made' | 'webhook-deleted' | 'webhook-ended',
  { id, name, events, audience, state }: Pick<StoredWebhook, 'id' | 'name' | 'events' | 'audience' | 'state'>,
  by: AuditLine['by'],
  at: string,
): AuditLine {
  return deskLine(act, at, by, { webhook: { id, name, events, audience, state } })
}

export function tooManyWebhooks(most: number): Problem {
  return new Problem(
    409,
    'too-many-webhooks',
    `There are ${most} webhooks, the most that there can be. Delete one first.`,
  )
}
