import { isDrainingCloseCode, isFinalCloseCode } from '../protocol/close-codes.ts'
import { heartbeatSecondsMax, reconnectAfterMsMax } from '../protocol/live-streams.ts'
import type { World } from './platform.ts'

/** How a connection ended: a WebSocket's close code, an HTTP answer, or an error on the way. */
export type ConnectionEnd = {
  readonly code?: number
  readonly reason?: string
  readonly status?: number
  /** The body of an `application/problem+json` answer: the service itself has refused, not something before it. */
  readonly problem?: unknown
  readonly retryAfterMs?: number
  readonly error?: unknown
  /** Nothing was received for so long. */
  readonly silentMs?: number
  /** The platform cannot open such a connection: nothing was tried. */
  readonly unavailable?: boolean
}

const firstWaitMs = 1_000
const waitMsMax = 30_000
const refusedWaitMsMax = 300_000
const reconnectSpreadMsDefault = 5_000
const retryAfterMsMax = 300_000
const silentHeartbeats = 2.5
const askedSilentHeartbeats = 2
const askedSilentMsMax = 15_000

/**
 * How long nothing may come over a connection before it counts as lost, in milliseconds. However rarely a server says that
 * it sends heartbeats, a connection that is dead must be noticed.
 *
 * Two heartbeats where the client itself has asked for so frequent ones (`askedSeconds`): with 2 s that is 4 s, which
 * leaves one second for the next connection, so that one that is frozen costs five at most. Heartbeats of 1 s would leave
 * more, but of twice as many of them a connection's budget would last half as long. `failures`: how many connections before it
 * have failed in succession. From the second on the time doubles, up to 15 s: a line that is slow, and not frozen, needs it.
 */
export function silentMsMax(heartbeatSeconds: number, askedSeconds = 0, failures = 0): number {
  const usualMs = Math.min(heartbeatSeconds, heartbeatSecondsMax) * 1_000 * silentHeartbeats
  if (heartbeatSeconds > askedSeconds) return usualMs
  // A service may send them more often than it was asked to.
  const ms = Math.min(usualMs, askedSeconds * 1_000 * askedSilentHeartbeats)
  return Math.max(ms, Math.min(askedSilentMsMax, ms * 2 ** Math.max(0, failures - 1)))
}

/**
 * Whether the client must not come back: close codes 4000–4099, or a refusal of the request as it is. A request that was
 * accepted before (`accepted`) is not wrong in itself: a service that refuses it now may accept it again after its next
 * deployment, so the client goes on trying. Only a key that is not valid stays refused.
 */
export function isFinal(ending: ConnectionEnd, accepted: boolean): boolean {
  const { code, status } = ending
  if (code !== undefined) return isFinalCloseCode(code)
  return isRefusal(ending) && (!accepted || status === 401)
}

/** Whether the service itself has refused the request, and not only for the moment. */
export function isRefusal({ status, problem }: ConnectionEnd): boolean {
  const isTemporary = status === 408 || status === 425 || status === 429
  return problem !== undefined && status !== undefined && status >= 400 && status < 500 && !isTemporary
}

/**
 * How long to wait before the next attempt, in milliseconds. After a `goodbye` (or close codes 4200–4299) anywhere within
 * the spread it gave, at most an hour; else full jitter, doubling up to half a minute (five minutes where the service refuses what is
 * asked), and at least what `Retry-After` asked for.
 */
export function waitMs(
  ending: ConnectionEnd,
  attempt: number,
  goodbyeMs: number | undefined,
  { random }: Pick<World, 'random'>,
): number {
  const { code = 0 } = ending
  if (goodbyeMs !== undefined || isDrainingCloseCode(code))
    return random() * Math.min(goodbyeMs ?? reconnectSpreadMsDefault, reconnectAfterMsMax)
  const jitter = random() * Math.min(isRefusal(ending) ? refusedWaitMsMax : waitMsMax, firstWaitMs * 2 ** attempt)
  return Math.min(ending.retryAfterMs ?? 0, retryAfterMsMax) + jitter
}
