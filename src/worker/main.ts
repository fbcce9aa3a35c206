import { Problem } from '../domain/problem.ts'
import { eventRefusal, isEventSource } from '../http/api/event-refusal.ts'
import { openProblem, withOpenHeaders } from '../http/cors.ts'
import { asksForTests } from '../protocol/stream-request.ts'
import { throughCache } from './edge-cache.ts'
import { type Env, logOf } from './env.ts'
import { HubChoice } from './hub/hub-choice.ts'
import { HubObject } from './hub/hub-object.ts'
import { hubFull } from './hub/hub-request.ts'
import { LogObject } from './log/log-object.ts'
import { PushObject } from './push/push-object.ts'
import { routeSubscription } from './push/subscription-entry.ts'
import { regionOf } from './region.ts'
import { RelayObject } from './relay/relay-object.ts'
import { withWholeBody } from './whole-body.ts'
import { numberSetting, textSetting } from './worker-settings.ts'

const hubsPerRegionUsual = 400
let choice: HubChoice | null = null

/** The Worker forwards each request to the Durable Object that answers it. */
const worker: ExportedHandler<Env> = {
  async fetch(given, env, ctx) {
    const request = await withWholeBody(given).catch(refused)
    if (request instanceof Response) return request
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/v1/socket') return toHub(asksForTests(searchParams) ? 'events' : 'sockets', request, env)
    if (pathname === '/v1/events') return toHub('events', request, env)
    if (/^\/v1\/subscriptions(\/|$)/.test(pathname)) return routeSubscription(request, env)
    const ask = (asked: Request) => logOf(env).fetch(asked)
    if (textSetting(env, 'EDGE_CACHE') === 'off') return ask(request)
    return throughCache(request, ask, { cache: caches.default, later: (work) => ctx.waitUntil(work) })
  },
}

function refused(error: unknown): Response {
  if (error instanceof Problem) return openProblem(error)
  throw error
}

/** Event streams and editors' sockets keep their object awake. They have separate hubs, so that hubs of readers' sockets can hibernate. */
async function toHub(kind: 'sockets' | 'events', request: Request, env: Env): Promise<Response> {
  choice ??= new HubChoice(numberSetting(env, 'HUBS_PER_REGION', hubsPerRegionUsual), Math.random)
  const region = regionOf(request.cf as Parameters<typeof regionOf>[0])
  const name = `${kind} ${region}`
  for (const hub of choice.candidates(name, Date.now())) {
    const stub = env.HUBS.get(env.HUBS.idFromName(`${name} ${hub}`), { locationHint: region })
    const answer = await stub.fetch(request.clone())
    // A hub answers 503 only when it is full.
    if (answer.status !== 503) {
      choice.accepted(name, hub)
      return answer
    }
    choice.full(name, hub, Date.now())
  }
  const full = hubFull()
  const isStream = new URL(request.url).pathname === '/v1/events' && isEventSource(request.headers.get('accept'))
  return isStream ? withOpenHeaders(eventRefusal(full)) : openProblem(full)
}

export { HubObject, LogObject, PushObject, RelayObject }
export default worker
