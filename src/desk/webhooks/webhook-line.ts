import { Problem } from '../../domain/problem.ts'
import { type AuditLine, deskLine } from '../audit.ts'
import { formerSecretsMax } from './former-secrets.ts'
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

/** The Problem for who makes secret after secret: each former one is a signature more of every message, for a day. */
export function tooManySecrets(): Problem {
  return new Problem(
    409,
    'too-many-secrets',
    `${formerSecretsMax} former secrets of this webhook still count, each for a day. No other was made. Use the newest one, or wait until the oldest one has ended.`,
  )
}

/** The Problem for who wants dead letters of an ended webhook sent again: they would only be dead again. */
export function webhookEnded({ id, name }: { readonly id: string; readonly name: string }): Problem {
  return new Problem(
    409,
    'webhook-ended',
    `The webhook ${name} has ended: its receiver answered 410. Nothing was sent again. Make it active first (PUT /v1/desk/webhooks/${id} with all that it says; state: active), then send them again.`,
  )
}
