import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { pageLoaderSource, readerStyleSource } from './built-assets.ts'

/** Its own policy is that of the answer that brought it. It asks mirrors, also such as come by push later, and so all hosts. */
const workerPath = '/assets/service-worker.js'
const workerSources = ['https:', 'http://*.onion']
/** The newest alerts in a language, and an alert: where no service worker answers for it, such a page asks the mirrors itself. */
const mirroredPage = /^\/[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*\/(?:alerts\/[^/]+)?$/

/** The headers that every answer has. `mirrors`: the addresses that the newsroom's file lists. */
export function securityHeaders(publicUrl: string | null, mirrors: readonly string[] = []): MiddlewareHandler {
  const own = ["'self'"]
  const headersWith = (more: readonly string[]) =>
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: [...own, pageLoaderSource],
        styleSrc: [...own, readerStyleSource],
        imgSrc: own,
        fontSrc: own,
        connectSrc: ["'self'", 'ws:', 'wss:', ...more],
        manifestSrc: own,
        workerSrc: own,
        formAction: own,
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      // Public routes and images may be loaded by pages of any origin.
      crossOriginResourcePolicy: 'cross-origin',
      strictTransportSecurity: publicUrl?.startsWith('https:') ? 'max-age=31536000; includeSubDomains' : false,
    })
  const [usual, ofWorker, ofPage] = [headersWith([]), headersWith(workerSources), headersWith(originsOf(mirrors))]
  return (c, next) => {
    const { path } = c.req
    return (path === workerPath ? ofWorker : mirroredPage.test(path) ? ofPage : usual)(c, next)
  }
}

/** As sources of a policy. Hosts have only letters, digits, dots and hyphens (`mirrorUrlFault`), so that none ends the policy or widens it. */
function originsOf(urls: readonly string[]): readonly string[] {
  return [...new Set(urls.map((url) => new URL(url).origin))]
}
