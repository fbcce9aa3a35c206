import { type Context, Hono } from 'hono'
import { routePath } from 'hono/route'
import { Problem } from '../domain/problem.ts'
import { type AlertsDeps, alertRoutes } from './api/alerts.ts'
import { articleRoutes } from './api/desk/article-routes.ts'
import { type AuditDeps, auditRoutes } from './api/desk/audit-routes.ts'
import { type DeskEventsDeps, deskEventRoutes } from './api/desk/desk-events.ts'
import { type DeskPushesDeps, deskPushRoutes } from './api/desk/desk-pushes.ts'
import { type DeskDeps, deskRoutes } from './api/desk/desk-routes.ts'
import { type DeskSubscriptionsDeps, deskSubscriptionRoutes } from './api/desk/desk-subscriptions.ts'
import { type ItemsDeps, itemRoutes } from './api/desk/items/item-routes.ts'
import { type PresenceDeps, presenceRoutes } from './api/desk/items/presence-routes.ts'
import { type EditorsDeps, editorRoutes } from './api/desk/keys/desk-editors.ts'
import { type NotificationsDeps, notificationRoutes } from './api/desk/keys/notification-routes.ts'
import { type SessionDeps, sessionRoutes } from './api/desk/keys/session.ts'
import { type PauseDeps, pauseRoutes } from './api/desk/pause-routes.ts'
import { type PushSettingsDeps, pushSettingsRoutes } from './api/desk/push-settings.ts'
import { templateRoutes } from './api/desk/template-routes.ts'
import { type WebhooksDeps, webhookRoutes } from './api/desk/webhooks/webhook-routes.ts'
import { type EventsDeps, eventRoutes, streamRoutes } from './api/events.ts'
import { type HeadDeps, headRoutes } from './api/head.ts'
import { type HealthDeps, healthRoutes } from './api/health.ts'
import { type SubscriptionsDeps, subscriptionRouteList, subscriptionRoutes } from './api/subscriptions.ts'
import type { App } from './app-env.ts'
import { bundleRoutes } from './bundle/bundle-routes.ts'
import type { BundleDeps } from './bundle/make-bundle.ts'
import { openReads } from './cors.ts'
import { exchangeRoutes } from './exchange/exchange-routes.ts'
import { feedRoutes } from './feeds/feeds.ts'
import { type WebSubDeps, webSubRoutes } from './feeds/websub-routes.ts'
import { installedRoutes } from './installed/installed-routes.ts'
import { allowedMethods, hasPage, methodRefusal, optionsAnswer } from './methods.ts'
import { apiRoutes } from './openapi/openapi.ts'
import type { PagesDeps } from './pages/page-shell.ts'
import { notFoundPage, pageRoutes } from './pages/pages.ts'
import { securityHeaders } from './pages/security-headers.ts'
import { problemAnswer } from './problem-response.ts'
import { describeRoutes } from './route.ts'
import { type SignInDeps, signIn } from './sign-in.ts'

/** What the routes need, by area. An area that this process does not answer is null: it is described, not mounted. */
export type HttpDeps = {
  readonly reads: ReadsDeps
  /** Publishing, the kill switch, editors' keys and sessions. */
  readonly desk: DeskDeps &
    EditorsDeps &
    PauseDeps &
    SessionDeps &
    ItemsDeps &
    PresenceDeps &
    DeskEventsDeps &
    AuditDeps &
    WebhooksDeps &
    NotificationsDeps
  /** Stopping pushes, alarms, and subscriptions as a whole. */
  readonly pushes: DeskPushesDeps & DeskSubscriptionsDeps & PushSettingsDeps
  readonly websub: WebSubDeps
  readonly health: HealthDeps
  readonly head: HeadDeps
  readonly events: EventsDeps | null
  readonly subscriptions: SubscriptionsDeps | null
}

/** All routes of the service. */
export function createApp({ reads, desk, pushes, websub, health, head, events, subscriptions }: HttpDeps): App {
  const app = createPart(reads, reads.newsroom.mirrors)
  app.notFound(notFoundIn(app, reads))
  exchangeRoutes(app, reads)
  alertRoutes(app, reads)
  bundleRoutes(app, reads)
  headRoutes(app, head)
  if (events === null) describeRoutes(app, streamRoutes)
  else eventRoutes(app, events)
  sessionRoutes(app, desk)
  deskRoutes(app, desk)
  articleRoutes(app, desk)
  templateRoutes(app, desk)
  itemRoutes(app, desk)
  presenceRoutes(app, desk)
  deskEventRoutes(app, desk)
  auditRoutes(app, desk)
  deskPushRoutes(app, pushes)
  pauseRoutes(app, desk)
  editorRoutes(app, desk)
  webhookRoutes(app, desk)
  notificationRoutes(app, desk)
  healthRoutes(app, health)
  apiRoutes(app, reads)
  if (subscriptions === null) describeRoutes(app, subscriptionRouteList)
  else subscriptionRoutes(app, subscriptions)
  deskSubscriptionRoutes(app, pushes)
  pushSettingsRoutes(app, pushes)
  webSubRoutes(app, websub)
  feedRoutes(app, reads)
  installedRoutes(app, reads)
  pageRoutes(app, reads)
  return app
}

/** What the plain reads need. */
export type ReadsDeps = PartDeps & AlertsDeps & PagesDeps & BundleDeps

/** The plain reads alone (catch-up, bundles, feeds and pages), each as `createApp` answers it: for a thread of their own. */
export function createReads(deps: ReadsDeps): App {
  const app = createPart(deps, deps.newsroom.mirrors)
  app.notFound(notFoundIn(app, deps))
  exchangeRoutes(app, deps)
  alertRoutes(app, deps)
  bundleRoutes(app, deps)
  feedRoutes(app, deps)
  pageRoutes(app, deps)
  return app
}

function notFoundIn(app: App, deps: Pick<PagesDeps, 'newsroom'>) {
  return async (c: Context): Promise<Response> => {
    const { path, method } = c.req
    if (!isPage(path)) return nothingFor(app, c)
    // People type and paste addresses with a slash at the end: /desk/ is redirected to /desk.
    const { pathname, search } = new URL(c.req.url)
    const plain = pathname.replace(/\/+$/, '')
    if (plain !== pathname && isRead(method) && hasPage(app, plain)) return c.redirect(`${plain}${search}`, 301)
    const wantsPage = c.req.header('accept')?.includes('text/html')
    return wantsPage && !isOtherMethod(app, c) ? notFoundPage(c, deps) : nothingFor(app, c)
  }
}

/** What an app needs before it has a route. `report` tells the operator of an error that no reader should see. */
export type PartDeps = SignInDeps & { readonly report: (error: unknown, doing: string) => void }

/**
 * An app without routes: it answers errors as problems, sets the security headers and finds out who asks. `mirrors`: their addresses,
 * where the app has readers' pages.
 */
export function createPart(deps: PartDeps, mirrors: readonly string[] = []): App {
  const app: App = new Hono()
  app.onError((error, c) => {
    return problemAnswer(problemOf(error, `${c.req.method} ${routePath(c)}`, deps.report))
  })
  app.notFound((c) => nothingFor(app, c))
  app.use(securityHeaders(deps.publicUrl, mirrors))
  app.use(openReads(app))
  app.use(signIn(deps))
  return app
}

/** The problem that answers an error: the error itself if it is a Problem; else 500 `internal`, and the error is reported. */
export function problemOf(error: unknown, doing: string, report: PartDeps['report']): Problem {
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
  // A route may call `next` for a path that matches its pattern and has nothing there.
  if (allowed.length === 0 || allowed.includes(method))
    return problemAnswer(
      new Problem(
        404,
        'no-such-page',
        `There is nothing at ${method} ${path.slice(0, 200)}. /openapi.json lists the routes of the API, and / the pages.`,
      ),
    )
  return methodRefusal(method, path, allowed)
}

/** Whether a path is for people and not for programs. */
function isPage(path: string): boolean {
  return !/^\/v1(\/|$)/.test(path)
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}
