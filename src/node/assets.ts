import { serveStatic } from '@hono/node-server/serve-static'
import type { App } from '../http/house.ts'

const shown = /^\/((assets|icons)\/[\w.-]+|[\w-]+\.(css|svg|png|ico|webmanifest|txt))$/

/** What the browser gets as it is: `public/`, the built scripts in it, and no hidden file. */
export function serveAssets(app: App, publicDir: string): void {
  const files = serveStatic({ root: publicDir })
  app.use(async (c, next) => {
    if (!shown.test(c.req.path)) return next()
    const found: unknown = await files(c, next)
    if (!(found instanceof Response)) return undefined
    const worker = c.req.path.endsWith('/service-worker.js')
    found.headers.set('Cache-Control', worker ? 'no-cache' : 'public, max-age=300')
    // The worker looks after the whole site, though it lives in a folder.
    if (worker) found.headers.set('Service-Worker-Allowed', '/')
    return found
  })
}
