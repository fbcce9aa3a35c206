import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Problem } from '../domain/problem.ts'
import { lastEventIdHeader, welcomeHeaderNames } from '../protocol/event-encoding.ts'
import type { App } from './app-env.ts'
import { problemAnswer } from './problem-response.ts'
import { operationOf } from './route.ts'

/**
 * Lets pages of any origin read responses, errors too (https://fetch.spec.whatwg.org/#http-cors-protocol). With `*`,
 * browsers refuse requests that send credentials.
 */
export const openHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': ['ETag', ...welcomeHeaderNames, 'Content-Range', 'Link', 'Retry-After'].join(', '),
} as const

const preflightHeaders = {
  'Access-Control-Allow-Methods': 'GET, HEAD',
  'Access-Control-Allow-Headers': [
    lastEventIdHeader,
    'If-None-Match',
    'If-Modified-Since',
    'If-Range',
    'Range',
    'Cache-Control',
  ].join(', '),
  'Access-Control-Max-Age': '86400',
} as const

/** The response for a Problem that is found before routing. Pages of any origin may read it. */
export function openProblem(problem: Problem): Response {
  return withOpenHeaders(problemAnswer(problem))
}

/** A response with headers that let pages of any origin read it. */
export function withOpenHeaders(answer: Response): Response {
  for (const [name, value] of Object.entries(openHeaders)) answer.headers.set(name, value)
  return answer
}

/** Opens the routes that are described as open to pages of any origin; all others stay closed to them. */
export function openReads(app: App): MiddlewareHandler {
  return async (c, next) => {
    if (isPreflight(c) && isOpenTo(app, c)) return c.body(null, 204, { ...openHeaders, ...preflightHeaders })
    await next()
    // Pages of any origin may also read 405 at a path that is open to them.
    const isOpen = matchedRoutes(c).some(({ handler }) => operationOf(handler)?.isOpenToAll)
    if (!isOpen && !(c.res.status === 405 && isOpenAt(app, c.req.path))) return undefined
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
  return isOpenAt(app, c.req.path)
}

function isOpenAt(app: App, path: string): boolean {
  return app.router.match('GET', path)[0].some(([[, { handler }]]) => operationOf(handler)?.isOpenToAll)
}
