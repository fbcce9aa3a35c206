import { Problem } from '../domain/problem.ts'
import type { App } from './app-env.ts'
import { problemAnswer } from './problem-response.ts'
import { type Method, operationOf } from './route.ts'

const asked: readonly Method[] = ['get', 'post', 'put', 'delete']

/** The methods that the routes take at a path, as `Allow` lists them; none when there is no route. */
export function allowedMethods(app: App, path: string): readonly string[] {
  const taken = asked.filter((method) => isTaken(app, method, path)).map((method) => method.toUpperCase())
  if (taken.length === 0) return []
  return [...taken.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS']
}

/** The response to OPTIONS: the methods of a path (RFC 9110 §9.3.7). */
export function optionsAnswer(allowed: readonly string[]): Response {
  return new Response(null, { status: 204, headers: { Allow: allowed.join(', '), 'Cache-Control': 'no-store' } })
}

/** The response 405 for a method that a path does not have, with its other methods in Allow (RFC 9110 §15.5.6). */
export function methodRefusal(method: string, path: string, allowed: readonly string[]): Response {
  const taken = allowed.filter((it) => it !== 'OPTIONS').join(', ')
  const answer = problemAnswer(
    new Problem(
      405,
      'method-not-allowed',
      `${method.slice(0, 40)} is not taken at ${path.slice(0, 200)}; ${taken} are.`,
    ),
  )
  answer.headers.set('Allow', allowed.join(', '))
  return answer
}

/** Whether there is a page for people at a path. */
export function hasPage(app: App, path: string): boolean {
  return app.router.match('GET', path)[0].some(([[, { handler }]]) => {
    const operation = operationOf(handler)
    return operation?.tag === 'Pages' && (operation.isThere?.(path) ?? true)
  })
}

function isTaken(app: App, method: Method, path: string): boolean {
  return app.router.match(method.toUpperCase(), path)[0].some(([[, { handler }]]) => {
    const operation = operationOf(handler)
    return operation !== undefined && (operation.isThere?.(path) ?? true)
  })
}
