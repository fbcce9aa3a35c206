import type { ProblemBody } from '../problem.ts'

/** What came of a request: the body, or why not. `lost`: no answer came, so nobody knows what was done. */
export type Answer<Body> =
  | { readonly result: 'done'; readonly status: number; readonly body: Body }
  | { readonly result: 'refused'; readonly problem: ProblemBody }
  | { readonly result: 'lost' }

const attemptsMax = 6
const firstWaitMs = 500

type Call = {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: object
  /** The Idempotency-Key. With it, a lost answer is asked for again: the server gives the first one. */
  readonly key?: string
  /** The version of the alert that this was written on, sent as If-Match: another one is refused. */
  readonly version?: number
  readonly onRetry?: (attempt: number) => void
  readonly request?: typeof fetch
  readonly wait?: (ms: number) => Promise<void>
}

/** Asks the service. A request that is harmless to repeat is repeated while answers get lost. */
export async function call<Body>(path: string, options: Call = {}): Promise<Answer<Body>> {
  const { method = 'GET', key, onRetry, wait = pause } = options
  const attempts = key !== undefined ? attemptsMax : method === 'GET' ? 2 : 1
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask<Body>(path, { ...options, method })
    if (answer.result !== 'lost' || attempt === attempts) return answer
    onRetry?.(attempt)
    await wait(firstWaitMs * 2 ** (attempt - 1))
  }
}

async function ask<Body>(path: string, { method, body, key, version, request = fetch }: Call): Promise<Answer<Body>> {
  try {
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
    })
    // A gateway's 5xx says nothing of what the service did: as good as no answer.
    if (answer.status >= 500) return { result: 'lost' }
    const content: unknown = answer.status === 204 ? null : await answer.json()
    return answer.ok
      ? { result: 'done', status: answer.status, body: content as Body }
      : { result: 'refused', problem: problemOf(content, answer.status) }
  } catch {
    return { result: 'lost' }
  }
}

function problemOf(content: unknown, status: number): ProblemBody {
  const fallback = { type: 'about:blank', title: 'Refused', status, code: 'refused', detail: `Refused (${status}).` }
  return content !== null && typeof content === 'object' ? { ...fallback, ...content } : fallback
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
