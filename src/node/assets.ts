import { statSync } from 'node:fs'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { App } from '../http/house.ts'
import { methodRefusal, optionsAnswer } from '../http/methods.ts'

const shown = /^\/((assets|icons)\/[\w.-]+|[\w-]+\.(css|svg|png|ico|webmanifest|txt))$/

const oneRange = /^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})$/i

const taken: readonly string[] = ['GET', 'HEAD', 'OPTIONS']
const isRead = (method: string) => method === 'GET' || method === 'HEAD'

/** What the browser gets as it is: `public/`, the built scripts in it, and no hidden file. */
export function serveAssets(app: App, publicDir: string): void {
  const files = serveStatic({ root: publicDir })
  app.use(async (c, next) => {
    if (!shown.test(c.req.path)) return next()
    if (!isRead(c.req.method)) {
      if (!statSync(join(publicDir, c.req.path), { throwIfNoEntry: false })?.isFile()) return next()
      return c.req.method === 'OPTIONS' ? optionsAnswer(taken) : methodRefusal(c.req.method, c.req.path, taken)
    }
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
