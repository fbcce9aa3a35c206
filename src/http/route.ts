import type { Context, Handler, MiddlewareHandler } from 'hono'
import { Problem } from '../domain/problem.ts'
import { readParameters } from '../protocol/query-parameters.ts'
import type { App, AppEnv } from './app-env.ts'
import { bodyBytesMax, readBody } from './body.ts'
import type { Operation } from './operation.ts'
import { requireRole } from './sign-in.ts'

export type Method = 'get' | 'post' | 'put' | 'delete'

/** A route of an app, with what it is. */
export type Route = { readonly method: Method; readonly path: string; readonly operation: Operation }

const routes = new WeakMap<App, Route[]>()
const operations = new WeakMap<object, Operation>()

/** The first arguments of `route`: method, path and operation. */
export type RouteEntry = readonly [Method, string, Operation]

/** Adds routes to the description of an app (`routesOf`) that another program of the service answers. */
export function describeRoutes(app: App, entries: readonly RouteEntry[]): void {
  routes.set(app, [...routesOf(app), ...entries.map(([method, path, operation]) => ({ method, path, operation }))])
}

/**
 * Adds a route: the only way to add one, so that each has a description. Before its handlers it asks for the role that
 * the operation needs and parses the query (`c.var.query`). A response without Cache-Control gets `no-store`.
 */
export function route<Path extends string>(
  app: App,
  method: Method,
  path: Path,
  operation: Operation,
  ...handlers: readonly (Handler<AppEnv, NoInfer<Path>> | MiddlewareHandler<AppEnv, NoInfer<Path>>)[]
): void {
  describeRoutes(app, [[method, path, operation]])
  const guard = uncached(operation)
  operations.set(guard, operation)
  app.on(
    method,
    path,
    guard,
    ...(operation.role === undefined ? [] : [requireRole(operation.role)]),
    ...(method === 'get' ? [] : [unconditional(operation), bodyless(operation)]),
    reading(method, operation),
  )
  for (const handler of handlers) app.on(method, path, handler as MiddlewareHandler<AppEnv>)
}

/** The routes of an app in the order in which they were added. */
export function routesOf(app: App): readonly Route[] {
  return routes.get(app) ?? []
}

/** What a handler in Hono's own table belongs to, where it is the first of a route. */
export function operationOf(handler: object): Operation | undefined {
  return operations.get(handler)
}

/** The first handler of a route: sets Cache-Control to `no-store` where the route has not set it. */
function uncached(operation: Operation): MiddlewareHandler<AppEnv> {
  const usualCaching = operation.cache === 'private' ? 'private, no-store' : 'no-store'
  return async (c, next) => {
    await next()
    if (!c.res.headers.has('cache-control')) c.header('Cache-Control', usualCaching)
  }
}

/**
 * Refuses a write on a condition (RFC 9110 §13.1) that its route does not look at: it must not be done as if it held.
 * If-Unmodified-Since counts only where there is no If-Match (§13.1.4); If-Modified-Since is for reads (§13.1.3).
 */
function unconditional({ headers = {} }: Operation): MiddlewareHandler<AppEnv> {
  const taken = Object.keys(headers).map((name) => name.toLowerCase())
  return async (c, next) => {
    const given = (name: string) => c.req.header(name) !== undefined
    const [refused] = ['If-Match', 'If-None-Match', 'If-Unmodified-Since'].filter(
      (name) =>
        given(name) && !taken.includes(name.toLowerCase()) && !(name === 'If-Unmodified-Since' && given('if-match')),
    )
    if (refused !== undefined)
      throw new Problem(
        412,
        'precondition-failed',
        `${refused} cannot be held to here${taken.includes('if-match') ? ': send If-Match with the ETag of what you saw' : ': leave it out'}. Nothing was changed.`,
      )
    await next()
  }
}

/**
 * Refuses a body where the route takes none: a field in it, such as `dryRun`, must not be ignored. An empty object is
 * accepted, because some clients always send JSON.
 */
function bodyless({ body }: Operation): MiddlewareHandler<AppEnv> {
  if (body !== undefined) return (_, next) => next()
  return async (c, next) => {
    const text = new TextDecoder().decode(await readBody(c, bodyBytesMax)).trim()
    if (text !== '' && !/^\{\s*\}$/.test(text))
      throw new Problem(
        400,
        'no-body-taken',
        'This address takes no body, and nothing in it would have been looked at. Leave it out. Nothing was changed.',
      )
    await next()
  }
}

function reading(method: Method, operation: Operation): MiddlewareHandler<AppEnv> {
  const { query = {}, body, readsOwnQuery, passesOverUnknownParameters } = operation
  if (readsOwnQuery || passesOverUnknownParameters) return (_, next) => next()
  const bodyFields = body === undefined ? [] : fieldsOf(body.schema)
  const consequence = method === 'get' ? {} : { consequence: 'Nothing was changed.' }
  return async (c, next) => {
    c.set('query', readParameters(searchOf(c), query, { bodyFields, ...consequence }))
    await next()
  }
}

/** The query of a request, read as the URL standard says. */
export function searchOf(c: Context): URLSearchParams {
  const at = c.req.url.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : c.req.url.slice(at))
}

function fieldsOf(schema: object): readonly string[] {
  return 'shape' in schema && typeof schema.shape === 'object' && schema.shape !== null ? Object.keys(schema.shape) : []
}
