import type { ProblemBody } from '../../domain/problem.ts'
import { withTimeout } from '../shared/timeout.ts'
import { mistakeWords, problemWords } from './state/service-words.ts'

/**
 * The result of a request: the body, or why there is none. `lost`: no response came, so it is unknown what
 * was done; with a `detail` when the service itself has said that it could not do it now.
 */
export type Answer<Body> =
  | { readonly result: 'done'; readonly status: number; readonly body: Body }
  | { readonly result: 'refused'; readonly problem: ProblemBody }
  | { readonly result: 'lost'; readonly detail?: string }

const attemptsMax = 6
const firstWaitMs = 500
const attemptMsMax = 10_000

type Call = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly body?: object
  /** The Idempotency-Key. With it, a request whose response was lost is repeated: the server returns the first response. */
  readonly key?: string
  /** The version of the alert that this was written on, sent as If-Match: another one is refused. */
  readonly version?: number
  /** Called when a request is repeated, with the service's own explanation, if there is one. */
  readonly onRetry?: (attempt: number, detail: string | undefined) => void
  /** The page may be closed before it is answered. */
  readonly isLast?: true
  /** How many attempts, where the default would take too long. */
  readonly attempts?: number
  /** Called with the `Date` of an answer, and with when it was asked for (Unix milliseconds). */
  readonly onDate?: (date: string | null, askedAt: number) => void
  readonly request?: typeof fetch
  readonly wait?: (ms: number) => Promise<void>
}

/**
 * Sends a request. An idempotent one is repeated while responses get lost; each attempt has a time limit,
 * so that every request has a result.
 */
export async function call<Body>(path: string, options: Call = {}): Promise<Answer<Body>> {
  const { method = 'GET', key, onRetry, wait = pause } = options
  const { attempts = key !== undefined ? attemptsMax : method === 'GET' ? 2 : 1 } = options
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask<Body>(path, { ...options, method })
    if (answer.result !== 'lost' || attempt === attempts) return answer
    onRetry?.(attempt, answer.detail)
    await wait(firstWaitMs * 2 ** (attempt - 1))
  }
}

async function ask<Body>(path: string, options: Call): Promise<Answer<Body>> {
  const { method, body, key, version, onDate, isLast = false, request = fetch } = options
  const askedAt = Date.now()
  try {
    return await withTimeout(attemptMsMax, async (signal) => {
      const answer = await request(path, {
        ...(method === undefined ? {} : { method }),
        headers: {
          Accept: 'application/json',
          ...(body ? { 'Content-Type': 'application/json' } : {}),
          ...(key ? { 'Idempotency-Key': key } : {}),
          ...(version === undefined ? {} : { 'If-Match': `"${version}"` }),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        cache: 'no-store',
        ...(isLast ? { keepalive: true } : {}),
        signal,
      })
      onDate?.(answer.headers.get('date'), askedAt)
      if (answer.status >= 500) return lost(await answer.json().catch(() => null))
      const content: unknown = answer.status === 204 ? null : await answer.json()
      return answer.ok
        ? { result: 'done', status: answer.status, body: content as Body }
        : { result: 'refused', problem: problemBodyOf(content, answer.status) }
    })
  } catch {
    return { result: 'lost' }
  }
}

/** A gateway's 5xx does not say what the service did, so it counts as no response. The service's own gives a reason. */
function lost(content: unknown): { readonly result: 'lost'; readonly detail?: string } {
  const { type, detail, code = '' } = (content ?? {}) as Partial<ProblemBody>
  const isOurs = typeof type === 'string' && type.startsWith('urn:tocsin:problem:') && typeof detail === 'string'
  return isOurs ? { result: 'lost', detail: problemWords({ code, detail: detail }) } : { result: 'lost' }
}

/** A problem with its sentences in the desk's language. */
function problemBodyOf(content: unknown, status: number): ProblemBody {
  const fallback = { type: 'about:blank', title: 'Refused', status, code: 'refused', detail: `Refused (${status}).` }
  const problem: ProblemBody = content !== null && typeof content === 'object' ? { ...fallback, ...content } : fallback
  const errors = problem.errors?.map((it) => ({
    ...it,
    detail: mistakeWords({ ...it, detail: it.detail }),
  }))
  const detail = problemWords({ ...problem, detail: problem.detail })
  return { ...problem, detail, ...(errors === undefined ? {} : { errors }) }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
