import type { WebhookSend } from '../../desk/webhooks/webhook-outbox.ts'
import { fetchSend } from '../push/fetch-send.ts'

/**
 * Sends messages to webhooks by `fetch`, which the platform lets reach the public internet only: no redirect is followed, and
 * there is a time limit.
 */
export function fetchWebhookSend(): WebhookSend {
  const send = fetchSend({})
  return async ({ url, headers, body }) => {
    const bytes = new TextEncoder().encode(body)
    const answer = await send({
      endpoint: url,
      headers: { ...headers, 'content-type': 'application/json' },
      body: bytes,
    })
    if (answer.kind === 'broken') return { kind: 'failed', reason: answer.reason }
    if (answer.kind !== 'answered') return { kind: 'failed', reason: 'the request was not processed' }
    return { kind: 'answered', status: answer.status, retryAfter: answer.retryAfter }
  }
}
