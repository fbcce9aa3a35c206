import type { App } from './house.ts'
import { type Method, operationOf } from './route.ts'

const asked: readonly Method[] = ['get', 'post', 'put', 'delete']

/** The methods that the routes take at a path, as `Allow` lists them; none when there is no route. */
export function allowedMethods(app: App, path: string): readonly string[] {
  const taken = asked.filter((method) => isTaken(app, method, path)).map((method) => method.toUpperCase())
  if (taken.length === 0) return []
  return [...taken.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS']
}

/** What OPTIONS is told: what may be asked here (RFC 9110 §9.3.7). */
export function optionsAnswer(allowed: readonly string[]): Response {
  return new Response(null, { status: 204, headers: { Allow: allowed.join(', '), 'Cache-Control': 'no-store' } })
}

function isTaken(app: App, method: Method, path: string): boolean {
  return app.router.match(method.toUpperCase(), path)[0].some(([[, { handler }]]) => operationOf(handler) !== undefined)
}
