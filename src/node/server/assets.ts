import { statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Context } from 'hono'
import { Problem } from '../../domain/problem.ts'
import type { App, AppEnv } from '../../http/app-env.ts'
import { methodRefusal, optionsAnswer } from '../../http/methods.ts'
import { problemAnswer } from '../../http/problem-response.ts'
import { guardedBody } from './guarded-body.ts'

const shown = /^\/((assets|icons)\/[\w.-]+|[\w-]+\.(css|svg|png|ico|webmanifest|txt))$/

const oneRange = /^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})$/i

const taken: readonly string[] = ['GET', 'HEAD', 'OPTIONS']
type Report = (error: unknown, doing: string) => void

const isRead = (method: string) => method === 'GET' || method === 'HEAD'

/** What the browser gets as it is: `public/`, the built scripts in it, and no hidden file. */
export function serveAssets(app: App, publicDir: string, report: Report): void {
  const files = serveStatic({ root: publicDir })
  app.use(async (c, next) => {
    if (!shown.test(c.req.path)) return next()
    if (!isRead(c.req.method)) {
      if (!statSync(join(publicDir, c.req.path), { throwIfNoEntry: false })?.isFile()) return next()
      return c.req.method === 'OPTIONS' ? optionsAnswer(taken) : methodRefusal(c.req.method, c.req.path, taken)
    }
    // What is no single range of bytes is passed over (RFC 9110 §14.2), and so is one on a condition that is not looked at.
    const { headers } = c.req.raw
    const range = headers.get('range') ?? ''
    if (!oneRange.test(range) || headers.has('if-range')) headers.delete('range')
    // The unit's letters may be of either case (RFC 9110 §14.1); the library knows only small ones.
    else headers.set('range', range.toLowerCase())
    const found: unknown = await files(c, next)
    if (!(found instanceof Response)) return undefined
    if (found.status === 416) return unsatisfied(found)
    const worker = c.req.path.endsWith('/service-worker.js')
    found.headers.set('Cache-Control', worker ? 'no-cache' : 'public, max-age=300')
    // The worker looks after the whole site, though it lives in a folder.
    if (worker) found.headers.set('Service-Worker-Allowed', '/')
    return guarded(c, found, report)
  })
}

/** No byte of the range is there (RFC 9110 §15.5.17). */
function unsatisfied(found: Response): Response {
  const length = found.headers.get('content-range') ?? ''
  const answer = problemAnswer(new Problem(416, 'range', `There are no such bytes; of this there are ${length}.`))
  answer.headers.set('Content-Range', length)
  return answer
}

/** A file that cannot be read to its end is our trouble; the library would write it into the answer and to the console. */
function guarded(c: Context<AppEnv>, found: Response, report: Report): Response {
  if (found.body === null) return found
  const { outgoing } = c.env as { readonly outgoing?: ServerResponse }
  const body = guardedBody(found.body, Number(found.headers.get('content-length')), (error) => {
    report(error, `sending ${c.req.path}`)
    outgoing?.destroy()
  })
  return new Response(body, found)
}
