import type { WebhookSend } from '../../desk/webhooks/webhook-outbox.ts'
import { readAtMost } from '../push/fetch-send.ts'

const requestMs = 10_000

/**
 * Sends messages to webhooks and to WebSub callbacks by `fetch`, which the platform lets reach the public internet only: no
 * redirect is followed, and there is a time limit.
 */
export function fetchWebhookSend(): WebhookSend {
  return async ({ url, headers, body, textBytesMax = 0 }) => {
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(new Error(`no answer within ${requestMs} ms`)), requestMs)
    const posted = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
    try {
      const request = body === null ? { headers } : posted
      const answer = await fetch(url, { ...request, redirect: 'manual', signal: ending.signal })
      const text = await readAtMost(answer.body as ReadableStream<Uint8Array> | null, textBytesMax)
      const retryAfter = answer.headers.get('retry-after')
      const whole = textBytesMax > 0 && text !== null ? { text } : {}
      return { kind: 'answered', status: answer.status, retryAfter, ...whole }
    } catch (error) {
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) }
    } finally {
      clearTimeout(timer)
    }
  }
}
