import { hasCredentials } from '../http/session-cookie.ts'

/**
 * Whether a response may be cached for other clients: not with a key or a session, and only if it depends on the URL alone. The cache
 * does not evaluate the `If-Range` of a range.
 */
function isCacheableRequest({ method, headers }: Request): boolean {
  const [authorization, cookie] = ['authorization', 'cookie'].map((name) => headers.get(name) ?? undefined)
  return method === 'GET' && !headers.has('range') && !hasCredentials({ authorization, cookie })
}

/** Whether a response's headers allow a shared cache to store it. */
function isCacheableResponse(answer: Response): boolean {
  const vary = answer.headers.get('vary')
  return (
    answer.status === 200 &&
    (vary === null || vary.toLowerCase() === 'accept-encoding') &&
    /\bpublic\b/.test(answer.headers.get('cache-control') ?? '')
  )
}

/** The part of the Cache API that is used here. */
type Kept = {
  match(request: Request): Promise<Response | undefined>
  put(request: Request, answer: Response): Promise<void>
}

/**
 * Answers from the data centre's cache for as many seconds as a response allows, so that ten thousand readers of one page
 * are one request to the log object.
 */
export async function throughCache(
  request: Request,
  ask: (request: Request) => Promise<Response>,
  { cache, later }: { readonly cache: Kept; readonly later: (work: Promise<unknown>) => void },
): Promise<Response> {
  if (!isCacheableRequest(request)) return ask(request)
  const found = await cache.match(request)
  if (found !== undefined) return found
  const answer = await ask(request)
  if (isCacheableResponse(answer)) later(cache.put(request, answer.clone()))
  return answer
}
