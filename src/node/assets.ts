import { serveStatic } from '@hono/node-server/serve-static'
import type { App } from '../http/house.ts'

const shown = /^\/((assets|icons)\/[\w.-]+|[\w-]+\.(css|svg|png|ico|webmanifest|txt))$/

const oneRange = /^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})$/i

/** What the browser gets as it is: `public/`, the built scripts in it, and no hidden file. */
export function serveAssets(app: App, publicDir: string): void {
  const files = serveStatic({ root: publicDir })
  app.use(async (c, next) => {
    if (!shown.test(c.req.path)) return next()
    // What is no single range of bytes is passed over (RFC 9110 §14.2), and so is one on a condition that is not looked at.
    const { headers } = c.req.raw
    if (!oneRange.test(headers.get('range') ?? '') || headers.has('if-range')) headers.delete('range')
    const found: unknown = await files(c, next)
    if (!(found instanceof Response)) return undefined
    const worker = c.req.path.endsWith('/service-worker.js')
    found.headers.set('Cache-Control', worker ? 'no-cache' : 'public, max-age=300')
    // The worker looks after the whole site, though it lives in a folder.
    if (worker) found.headers.set('Service-Worker-Allowed', '/')
    return found
  })
}
