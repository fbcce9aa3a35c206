/** What a Worker may keep for others: nothing that was asked with a key or a session, or that depends on more than the address. */
export function isCacheable(request: Request): boolean {
  return request.method === 'GET' && !request.headers.has('authorization') && !request.headers.has('cookie')
}

/** Whether an answer says that anyone may be given it again. */
function isPublic(answer: Response): boolean {
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
 * Asks through the data centre's cache, for the seconds that an answer allows: ten thousand readers who look at one page
 * are one question to the log object.
 */
export async function throughCache(
  request: Request,
  ask: (request: Request) => Promise<Response>,
  { cache, later }: { readonly cache: Kept; readonly later: (work: Promise<unknown>) => void },
): Promise<Response> {
  if (!isCacheable(request)) return ask(request)
  const found = await cache.match(request)
  if (found !== undefined) return found
  const answer = await ask(request)
  if (isPublic(answer)) later(cache.put(request, answer.clone()))
  return answer
}
