import { type Context, Hono } from 'hono'
import { routePath } from 'hono/route'
import { secureHeaders } from 'hono/secure-headers'
import { Problem } from '../domain/problem.ts'
import { alertRoutes } from './api/alerts.ts'
import { editorRoutes } from './api/desk/desk-editors.ts'
import { deskPushRoutes } from './api/desk/desk-pushes.ts'
import { deskRoutes } from './api/desk/desk-routes.ts'
import { deskSubscriptionRoutes } from './api/desk/desk-subscriptions.ts'
import { pauseRoutes } from './api/desk/pause-routes.ts'
import { pushSettingsRoutes } from './api/desk/push-settings.ts'
import { sessionRoutes } from './api/desk/session.ts'
import { eventRoutes } from './api/events.ts'
import { healthRoutes } from './api/health.ts'
import { subscriptionRoutes } from './api/subscriptions.ts'
import { openReads } from './cors.ts'
import type { App, HttpDeps } from './deps.ts'
import { feedRoutes } from './feeds/feeds.ts'
import { allowedMethods, hasPage, methodRefusal, optionsAnswer } from './methods.ts'
import { apiRoutes } from './openapi/openapi.ts'
import { notFoundPage, pageRoutes } from './pages/pages.ts'
import { problemAnswer } from './problem-response.ts'
import { signIn } from './sign-in.ts'

/** The whole surface, the same behind every door. */
export function createApp(deps: HttpDeps): App {
  const app = createPart(deps)
  app.notFound(notFoundIn(app, deps))
  alertRoutes(app, deps)
  eventRoutes(app, deps)
  sessionRoutes(app, deps)
  deskRoutes(app, deps)
  deskPushRoutes(app, deps)
  pauseRoutes(app, deps)
  editorRoutes(app, deps)
  healthRoutes(app, deps)
  apiRoutes(app, deps)
  subscriptionRoutes(app, deps)
  deskSubscriptionRoutes(app, deps)
  pushSettingsRoutes(app, deps)
  feedRoutes(app, deps)
  pageRoutes(app, deps)
  return app
}

/** What the reads stand on. */
export type ReadsDeps = AppAuthenticationDeps & Pick<HttpDeps, 'newsroom' | 'log' | 'vapid' | 'now' | 'publicUrl'>

/** The plain reads alone: catch-up, feeds and pages, each as `createApp` answers it. For a thread of their own. */
export function createReads(deps: ReadsDeps): App {
  const app = createPart(deps)
  app.notFound(notFoundIn(app, deps))
  alertRoutes(app, deps)
  feedRoutes(app, deps)
  pageRoutes(app, deps)
  return app
}

function notFoundIn(app: App, deps: Pick<HttpDeps, 'newsroom'>) {
  return async (c: Context): Promise<Response> => {
    const { path, method } = c.req
    if (!isPage(path)) return nothingFor(app, c)
    // As people type and paste: /desk/ is /desk.
    const { pathname, search } = new URL(c.req.url)
    const plain = pathname.replace(/\/+$/, '')
    if (plain !== pathname && isRead(method) && hasPage(app, plain)) return c.redirect(`${plain}${search}`, 301)
    const wantsPage = c.req.header('accept')?.includes('text/html')
    return wantsPage && !isOtherMethod(app, c) ? notFoundPage(c, deps) : nothingFor(app, c)
  }
}

type AppAuthenticationDeps = Parameters<typeof signIn>[0] & Pick<HttpDeps, 'report'>

/** What every route stands behind: problems, safe headers, who asks. For a door that serves its routes in several places. */
export function createPart(deps: AppAuthenticationDeps): App {
  const app: App = new Hono()
  app.onError((error, c) => {
    return problemAnswer(problemOf(error, `${c.req.method} ${routePath(c)}`, deps.report))
  })
  app.notFound((c) => nothingFor(app, c))
  app.use(safeHeaders(deps.publicUrl))
  app.use(openReads(app))
  app.use(signIn(deps))
  return app
}

/** What is told of an error: itself when it is a Problem; else that something went wrong, and the operator is told. */
export function problemOf(error: unknown, doing: string, report: HttpDeps['report']): Problem {
  if (error instanceof Problem) return error
  report(error, doing)
  return new Problem(500, 'internal', 'Something went wrong here. It was logged; try again in a moment.')
}

/** Whether there is something at the path, for another method. */
function isOtherMethod(app: App, c: Context): boolean {
  const allowed = allowedMethods(app, c.req.path)
  return allowed.length > 0 && !allowed.includes(c.req.method)
}

/** The answer to what no route takes: 404; for a known path 405 with `Allow`, and what OPTIONS asks (RFC 9110 §9.3.7, §15.5.6). */
function nothingFor(app: App, c: Context): Response {
  const { method, path } = c.req
  const allowed = allowedMethods(app, path)
  if (method === 'OPTIONS' && allowed.length > 0) return optionsAnswer(allowed)
  // A route may pass on what it finds to be nothing of its own.
  if (allowed.length === 0 || allowed.includes(method))
    return problemAnswer(
      new Problem(
        404,
        'no-such-page',
        `There is nothing at ${method} ${path.slice(0, 200)}. See /openapi.json for what there is.`,
      ),
    )
  return methodRefusal(method, path, allowed)
}

/** Where people look, not programs. */
function isPage(path: string): boolean {
  return !/^\/v1(\/|$)/.test(path)
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The headers that every answer has. */
export function safeHeaders(publicUrl: string | null) {
  const own = ["'self'"]
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: own,
      styleSrc: own,
      imgSrc: own,
      fontSrc: own,
      connectSrc: ["'self'", 'ws:', 'wss:'],
      manifestSrc: own,
      workerSrc: own,
      formAction: own,
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: 'no-referrer',
    // The public routes may be read from anywhere, images of ours included.
    crossOriginResourcePolicy: 'cross-origin',
    strictTransportSecurity: publicUrl?.startsWith('https:') ? 'max-age=31536000; includeSubDomains' : false,
  })
}
