import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { App } from './house.ts'
import { operationOf } from './route.ts'

/**
 * What pages of any origin may read, errors included (https://fetch.spec.whatwg.org/#http-cors-protocol). Without
 * credentials: `*` says so.
 */
export const openHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'ETag, Heartbeat-Seconds, Retry-After',
} as const

const preflightHeaders = {
  'Access-Control-Allow-Methods': 'GET, HEAD',
  'Access-Control-Allow-Headers': 'Last-Event-ID, If-None-Match, If-Modified-Since, Cache-Control',
  'Access-Control-Max-Age': '86400',
} as const

/** Opens the routes that are described as open to pages of any origin; all others stay closed to them. */
export function openReads(app: App): MiddlewareHandler {
  return async (c, next) => {
    if (isPreflight(c) && isOpenTo(app, c)) return c.body(null, 204, { ...openHeaders, ...preflightHeaders })
    await next()
    if (!matchedRoutes(c).some(({ handler }) => operationOf(handler)?.isOpenToAll)) return undefined
    for (const [name, value] of Object.entries(openHeaders)) c.header(name, value)
    return undefined
  }
}

function isPreflight(c: Context): boolean {
  return c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined
}

function isOpenTo(app: App, c: Context): boolean {
  const wanted = c.req.header('access-control-request-method')
  if (wanted !== 'GET' && wanted !== 'HEAD') return false
  return app.router.match('GET', c.req.path)[0].some(([[, { handler }]]) => operationOf(handler)?.isOpenToAll)
}
