import { parseRetryAfter } from '../../protocol/headers/retry-after.ts'
import type { WebhookAnswer, WebhookOutcome } from './webhook-outbox.ts'

/** How often a message is tried; with the delays below for some two days. */
export const attemptsMax = 12
const retryFirstMs = 5_000
const retryMsMax = 12 * 60 * 60_000
/** How many times longer each delay is than the one before. */
const growth = 4
/** The longest delay that a receiver can ask for. */
const retryAfterMsMax = 4 * 60 * 60_000

type Attempt = { readonly attempts: number; readonly nowMs: number; readonly random: () => number }

/** What an attempt makes of its message. `attempts`: this one included. `random` gives 0 to 1. */
export function outcomeOf(answer: WebhookAnswer, { attempts, nowMs, random }: Attempt): WebhookOutcome {
  const detail = answer.kind === 'answered' ? String(answer.status) : answer.reason
  if (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300) return { kind: 'accepted', detail }
  // Gone (RFC 9110 §15.5.11): the receiver wants nothing more.
  if (answer.kind === 'answered' && answer.status === 410) return { kind: 'ended', detail }
  if (attempts >= attemptsMax) return { kind: 'dead', detail }
  const asked = answer.kind === 'answered' ? (parseRetryAfter(answer.retryAfter, nowMs) ?? 0) : 0
  const afterMs = Math.max(delayMs(attempts, random), Math.min(asked, retryAfterMsMax))
  return { kind: 'again', afterMs, detail }
}

/** Exponential back-off with jitter: between half of it and the whole. */
function delayMs(attempts: number, random: () => number): number {
  const whole = Math.min(retryMsMax, retryFirstMs * growth ** (attempts - 1))
  return Math.round(whole * (0.5 + random() / 2))
}
