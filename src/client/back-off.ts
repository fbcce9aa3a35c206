import type { World } from './world.ts'

/** How a line came to its end: a WebSocket's close code, an HTTP answer, or an error on the way. */
export type Ending = {
  readonly code?: number
  readonly reason?: string
  readonly status?: number
  /** The body of an `application/problem+json` answer: the service itself has refused, not something before it. */
  readonly problem?: unknown
  readonly retryAfterMs?: number
  readonly error?: unknown
  /** The platform has no such wire: nothing was tried. */
  readonly unavailable?: boolean
}

const firstWaitMs = 1_000
const waitMsMax = 30_000
const spreadMsDefault = 5_000
const retryAfterMsMax = 300_000

/** Whether the server has said not to come back: close codes 4000–4099, or a refusal of the request as it is. */
export function isFinal({ code, status, problem }: Ending): boolean {
  if (code !== undefined) return code >= 4000 && code <= 4099
  const asksForPatience = status === 408 || status === 425 || status === 429
  return problem !== undefined && status !== undefined && status >= 400 && status < 500 && !asksForPatience
}

/**
 * How long to wait before the next attempt, in milliseconds. After a `goodbye` (or close codes 4200–4299) anywhere in
 * the spread it gave; else full jitter, doubling up to half a minute, and at least what `Retry-After` asked for.
 */
export function waitMs(
  ending: Ending,
  attempt: number,
  goodbyeMs: number | undefined,
  { random }: Pick<World, 'random'>,
): number {
  const { code = 0 } = ending
  if (goodbyeMs !== undefined || (code >= 4200 && code <= 4299)) return random() * (goodbyeMs ?? spreadMsDefault)
  const jitter = random() * Math.min(waitMsMax, firstWaitMs * 2 ** attempt)
  return Math.min(ending.retryAfterMs ?? 0, retryAfterMsMax) + jitter
}
