import { parseRetryAfter } from '../../protocol/headers/retry-after.ts'

/** What to do after a response. Delays are in milliseconds; `counted`: whether it counts as an attempt. */
export type RetryDecision =
  | { readonly act: 'accepted' }
  | { readonly act: 'gone' }
  | { readonly act: 'failed'; readonly cause: 'invalid-request' | 'key' | 'redirect' | 'unexpected-status' }
  | {
      readonly act: 'again'
      readonly afterMs: number
      readonly counted: boolean
      /** `throttled`: the service asks us to slow down; `down`: it is unavailable; `key`: it refused our token. */
      readonly cause: 'throttled' | 'down' | 'key' | 'young' | 'unprocessed'
    }

/** What is known of a push when its response arrives. */
export type Attempt = {
  readonly attempts: number
  readonly ageMs: number
  readonly lookedGone: boolean
  readonly nowMs: number
}

const youngMs = 10 * 60 * 1_000
const goneRecheckMs = 60 * 1_000
const retryFirstMs = 2_000
const retryMsMax = 5 * 60 * 1_000
/** The longest delay that a response can cause, in milliseconds. The TTL may end before. */
const retryAfterMsMax = 4 * 60 * 60 * 1_000

/** The decision after most responses: one object for all of them. */
export const accepted: RetryDecision = { act: 'accepted' }

/** Whether a status says that the service has taken the push. */
export function isAccepting(status: number): boolean {
  return status === 200 || status === 201 || status === 202 || status === 204
}

/** What to do after a status, by the table of statuses in docs/internals.md. `random` gives 0 to 1. */
export function retryDecision(
  status: number,
  retryAfter: string | null,
  attempt: Attempt,
  random: () => number,
): RetryDecision {
  const again = (cause: 'throttled' | 'down' | 'key'): RetryDecision => {
    const askedMs = Math.min(parseRetryAfter(retryAfter, attempt.nowMs) ?? 0, retryAfterMsMax)
    return { act: 'again', afterMs: Math.max(backOffMs(attempt.attempts, random), askedMs), counted: true, cause }
  }
  if (isAccepting(status)) return accepted
  if (status === 404 || status === 410) {
    // New subscriptions have been reported gone and worked afterwards, so a young one is tried once more.
    if (attempt.ageMs >= youngMs || attempt.lookedGone) return { act: 'gone' }
    return { act: 'again', afterMs: goneRecheckMs, counted: true, cause: 'young' }
  }
  if (status === 429 || status === 406) return again('throttled')
  if (status === 408 || status >= 500) return again('down')
  if (status === 401 || status === 403) return attempt.attempts === 0 ? again('key') : { act: 'failed', cause: 'key' }
  if (status === 400 || status === 413) return { act: 'failed', cause: 'invalid-request' }
  if (status >= 300 && status < 400) return { act: 'failed', cause: 'redirect' }
  return { act: 'failed', cause: 'unexpected-status' }
}

/** After a time-out, a reset or a failed connection: the same ciphertext is sent again later. */
export function afterConnectionError(attempts: number, random: () => number): RetryDecision {
  return { act: 'again', afterMs: backOffMs(attempts, random), counted: true, cause: 'down' }
}

/** Exponential back-off with full jitter, in milliseconds. */
export function backOffMs(attempts: number, random: () => number): number {
  return Math.round(random() * Math.min(retryMsMax, retryFirstMs * 2 ** Math.min(attempts, 30)))
}
