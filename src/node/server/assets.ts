import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Context } from 'hono'
import { Problem } from '../../domain/problem.ts'
import type { App, AppEnv } from '../../http/app-env.ts'
import { isUnmodified } from '../../http/conditional-requests.ts'
import { methodRefusal, optionsAnswer } from '../../http/methods.ts'
import { problemAnswer } from '../../http/problem-response.ts'
import { codingFor, isCompressibleType } from './compression/content-coding.ts'
import { guardedBody } from './guarded-body.ts'

const shown =
  /^\/((assets\/(immutable\/)?|icons\/)[\w-]+(\.[\w-]+)*\.(js|json|css|svg|png)|[\w-]+\.(css|svg|png|ico|webmanifest|txt))$/

const oneRange = /^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})$/i

const taken: readonly string[] = ['GET', 'HEAD', 'OPTIONS']
type Report = (error: unknown, doing: string) => void

const isRead = (method: string) => method === 'GET' || method === 'HEAD'

/** Serves the files of `public/` and the built scripts in it. Hidden files are not served. */
export function serveAssets(app: App, publicDir: string, report: Report): void {
  // Beside each text is its compressed form, from the build.
  const files = serveStatic({ root: publicDir, precompressed: true })
  app.use(async (c, next) => {
    if (!shown.test(c.req.path)) return next()
    if (!isRead(c.req.method)) {
      if (!statSync(join(publicDir, c.req.path), { throwIfNoEntry: false })?.isFile()) return next()
      return c.req.method === 'OPTIONS' ? optionsAnswer(taken) : methodRefusal(c.req.method, c.req.path, taken)
    }
    // Anything but a single byte range is ignored, and so is a range with `If-Range`, which is not evaluated, and one of
    // HEAD (RFC 9110 §14.2).
    const { headers } = c.req.raw
    const range = c.req.method === 'GET' ? (headers.get('range') ?? '') : ''
    // A range is of the file as it is.
    const isPlain = range !== '' || codingFor(headers.get('accept-encoding') ?? undefined) === null
    if (isPlain || isStale(join(publicDir, c.req.path))) headers.delete('accept-encoding')
    if (!oneRange.test(range) || headers.has('if-range')) headers.delete('range')
    // The range unit is case-insensitive (RFC 9110 §14.1); the library knows only lower case.
    else headers.set('range', range.toLowerCase())
    const found: unknown = await files(c, next)
    if (!(found instanceof Response)) return undefined
    if (found.status === 416) return unsatisfied(found)
    found.headers.set('Cache-Control', cachingOf(c.req.path))
    // Their scopes are the whole site and the desk, though their files lie in a folder.
    if (isWorker(c.req.path)) found.headers.set('Service-Worker-Allowed', '/')
    return (await known(c, found, join(publicDir, c.req.path))) ?? guarded(c, found, report)
  })
}

/** Whether the compressed forms of a file are older than the file, such as while somebody changes a style sheet. */
function isStale(path: string): boolean {
  const changedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return ['.br', '.gz'].some((form) => {
    const formMs = statSync(`${path}${form}`, { throwIfNoEntry: false })?.mtimeMs
    return formMs !== undefined && Math.round(formMs) < Math.round(changedMs)
  })
}

const isWorker = (path: string) => /\/(service|desk)-worker\.js$/.test(path)

/** The same as on a static host (`public/_headers`). */
function cachingOf(path: string): string {
  if (isWorker(path)) return 'no-cache'
  // Its name has a hash of its content.
  if (path.startsWith('/assets/immutable/')) return 'public, max-age=31536000, immutable'
  return path.startsWith('/icons/') ? 'public, max-age=604800' : 'public, max-age=300, stale-while-revalidate=86400'
}

type Tagged = { readonly mtimeMs: number; readonly size: number; readonly hash: string }
const tagged = new Map<string, Tagged>()

/** Made of what is in a file: in images and packages that are built to be the same, every file has the same time. */
function hashOf(path: string): string {
  const { mtimeMs, size } = statSync(path)
  const known = tagged.get(path)
  if (known?.mtimeMs === mtimeMs && known.size === size) return known.hash
  const hash = createHash('sha256').update(readFileSync(path)).digest('base64url').slice(0, 22)
  tagged.set(path, { mtimeMs, size, hash })
  return hash
}

/**
 * Gives a file its entity tag, which each compressed form has of its own (RFC 9110 §8.8.1: weak), and a part of it that of the
 * whole (§15.3.7). 304 for a client that has it already; null: it is sent.
 */
async function known(c: Context<AppEnv>, found: Response, path: string): Promise<Response | null> {
  if (found.status !== 200 && found.status !== 206) return null
  const modified = found.headers.get('last-modified') ?? ''
  const coding = found.headers.get('content-encoding')
  const tag = `W/"${hashOf(path)}${coding === null ? '' : `.${coding}`}"`
  found.headers.set('ETag', tag)
  if (found.status === 206) {
    if (isCompressibleType(found.headers.get('content-type') ?? '')) found.headers.set('Vary', 'Accept-Encoding')
    return null
  }
  const [tags, since] = [c.req.header('if-none-match'), c.req.header('if-modified-since')]
  const isKnown =
    tags === undefined
      ? isUnmodified(modified, { tags, since }, Date.now())
      : tags.trim() === '*' || [...tags.matchAll(/"[^"]*"/g)].some(([it]) => `W/${it}` === tag)
  if (!isKnown) return null
  await found.body?.cancel()
  const headers = new Headers(found.headers)
  // Its type says whether it has compressed forms; it is taken out with them (`compressed-answers.ts`).
  for (const name of ['content-length', 'content-encoding']) headers.delete(name)
  return new Response(null, { status: 304, headers })
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
