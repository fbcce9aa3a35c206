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

/** Serves the files of `public/` and the built scripts in it. Hidden files are not served. */
export function serveAssets(app: App, publicDir: string, report: Report): void {
  const files = serveStatic({ root: publicDir })
  app.use(async (c, next) => {
    if (!shown.test(c.req.path)) return next()
    if (!isRead(c.req.method)) {
      if (!statSync(join(publicDir, c.req.path), { throwIfNoEntry: false })?.isFile()) return next()
      return c.req.method === 'OPTIONS' ? optionsAnswer(taken) : methodRefusal(c.req.method, c.req.path, taken)
    }
    // Anything but a single byte range is ignored (RFC 9110 §14.2), and so is a range with `If-Range`, which is not
    // evaluated.
    const { headers } = c.req.raw
    const range = headers.get('range') ?? ''
    if (!oneRange.test(range) || headers.has('if-range')) headers.delete('range')
    // The range unit is case-insensitive (RFC 9110 §14.1); the library knows only lower case.
    else headers.set('range', range.toLowerCase())
    const found: unknown = await files(c, next)
    if (!(found instanceof Response)) return undefined
    if (found.status === 416) return unsatisfied(found)
    const worker = /\/(service|desk)-worker\.js$/.test(c.req.path)
    found.headers.set('Cache-Control', worker ? 'no-cache' : 'public, max-age=300')
    // Their scopes are the whole site and the desk, though their files lie in a folder.
    if (worker) found.headers.set('Service-Worker-Allowed', '/')
    return guarded(c, found, report)
  })
}

/** 416: the range has no byte of the file (RFC 9110 §15.5.17). */
function unsatisfied(found: Response): Response {
  const length = found.headers.get('content-range') ?? ''
  const answer = problemAnswer(new Problem(416, 'range', `There are no such bytes; of this there are ${length}.`))
  answer.headers.set('Content-Range', length)
  return answer
}

/**
 * A read error within a file is the server's error. The library would write it into the response and to the console.
 */
function guarded(c: Context<AppEnv>, found: Response, report: Report): Response {
  if (found.body === null) return found
  const { outgoing } = c.env as { readonly outgoing?: ServerResponse }
  const body = guardedBody(found.body, Number(found.headers.get('content-length')), (error) => {
    report(error, `sending ${c.req.path}`)
    outgoing?.destroy()
  })
  return new Response(body, found)
}
