import type { World } from './platform.ts'

/** How a line came to its end: a WebSocket's close code, an HTTP answer, or an error on the way. */
export type ConnectionEnd = {
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
const refusedWaitMsMax = 300_000
const spreadMsDefault = 5_000
const retryAfterMsMax = 300_000

/**
 * Whether the server has said not to come back: close codes 4000–4099, or a refusal of the request as it is. What has
 * been heard before was not wrong in itself (`heard`): a service that refuses it now may take it again after its next
 * deployment, and no reader is lost for good in between. Only a key that does not count (any more) stays refused.
 */
export function isFinal(ending: ConnectionEnd, heard: boolean): boolean {
  const { code, status } = ending
  if (code !== undefined) return code >= 4000 && code <= 4099
  return isRefusal(ending) && (!heard || status === 401)
}

/** Whether the service itself has refused what was asked, and not for the moment only. */
function isRefusal({ status, problem }: ConnectionEnd): boolean {
  const asksForPatience = status === 408 || status === 425 || status === 429
  return problem !== undefined && status !== undefined && status >= 400 && status < 500 && !asksForPatience
}

/**
 * How long to wait before the next attempt, in milliseconds. After a `goodbye` (or close codes 4200–4299) anywhere in
 * the spread it gave; else full jitter, doubling up to half a minute (five minutes where the service refuses what is
 * asked), and at least what `Retry-After` asked for.
 */
export function waitMs(
  ending: ConnectionEnd,
  attempt: number,
  goodbyeMs: number | undefined,
  { random }: Pick<World, 'random'>,
): number {
  const { code = 0 } = ending
  if (goodbyeMs !== undefined || (code >= 4200 && code <= 4299)) return random() * (goodbyeMs ?? spreadMsDefault)
  const jitter = random() * Math.min(isRefusal(ending) ? refusedWaitMsMax : waitMsMax, firstWaitMs * 2 ** attempt)
  return Math.min(ending.retryAfterMs ?? 0, retryAfterMsMax) + jitter
}
