import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { Problem } from '../../src/domain/problem.ts'
import type { App } from '../../src/http/app-env.ts'
import { isUncoded, isUtf8, readBody, readJson } from '../../src/http/body.ts'
import { problemAnswer } from '../../src/http/problem-response.ts'
import { route } from '../../src/http/route.ts'

let done = 0

/** A write of each method, one that takes If-Match, and one of lines. */
function writes(): App {
  const app: App = new Hono()
  app.onError((error) => {
    if (!(error instanceof Problem)) throw error
    return problemAnswer(error)
  })
  const body = { type: 'application/json', schema: z.unknown() }
  const operation = { id: 'x', summary: 'x', tag: 'Desk', cache: 'private', answers: {}, body } as const
  const ifMatch = { 'If-Match': { description: 'x', schema: z.string() } }
  for (const method of ['post', 'put', 'delete'] as const)
    for (const [path, headers] of [
      ['/plain', {}],
      ['/versioned', ifMatch],
    ] as const)
      route(app, method, path, { ...operation, headers }, async (c) => {
        if (method !== 'delete') await readJson(c)
        done += 1
        return c.body(null, 204)
      })
  route(app, 'post', '/lines', operation, async (c) => {
    await readBody(c, 1_000_000)
    done += 1
    return c.body(null, 204)
  })
  route(app, 'get', '/plain', operation, (c) => c.body(null, 204))
  return app
}

async function answerTo(method: string, path: string, headers: Record<string, string>) {
  const body = method === 'POST' || method === 'PUT' ? { body: '{}' } : {}
  const before = done
  const answer = await writes().request(path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...body,
  })
  if (answer.status >= 400) expect(done).toBe(before)
  const text = await answer.text()
  return {
    status: answer.status,
    takes: answer.headers.get('accept-encoding'),
    detail: text === '' ? '' : JSON.parse(text).detail,
  }
}

test.each(['gzip', 'br', 'zstd', 'x-gzip', 'GZIP', 'gzip, identity', 'aes128gcm'])(
  'a body in %s is 415 wherever a body is read, naming it and what is taken',
  async (coding) => {
    for (const [method, path] of [
      ['POST', '/plain'],
      ['PUT', '/plain'],
      ['POST', '/lines'],
    ] as const) {
      const { status, takes, detail } = await answerTo(method, path, { 'content-encoding': coding })
      expect([path, status, takes]).toEqual([path, 415, 'identity'])
      expect(detail.toLowerCase()).toContain(coding.split(',')[0]?.toLowerCase())
    }
    expect((await answerTo('DELETE', '/plain', { 'content-encoding': coding })).status).toBe(204)
  },
)

test.each([
  ['application/json', '', true],
  ['application/json; charset=utf-8', 'identity', true],
  ['application/json;charset=UTF-8', '', true],
  ['application/json ; charset = "utf-8"', '', true],
  ['application/json; charset=utf8', '', true],
  ['application/json; profile=x; charset=utf-8', '', true],
  ['application/json; charset=utf-16', '', false],
  ['application/json; charset=iso-8859-1; x=y', '', false],
  ['application/json; x=y;charset=windows-1256', '', false],
  ['application/json; charset=', '', false],
  ['application/json; charset=utf-8; charset=utf-16', '', false],
  ['application/json', 'identity,gzip', false],
])('%j with the coding %j is plain: %s', (type, coding, isPlain) => {
  expect(isUtf8(type) && isUncoded(coding)).toBe(isPlain)
})

test.each<[string, string, string, Record<string, string>, number]>([
  ['POST', '/plain', 'If-Match where there is nothing to match', { 'if-match': '"1"' }, 412],
  ['PUT', '/plain', 'If-None-Match', { 'if-none-match': '*' }, 412],
  ['DELETE', '/plain', 'If-None-Match with a tag', { 'if-none-match': '"1"' }, 412],
  ['DELETE', '/plain', 'If-Unmodified-Since', { 'if-unmodified-since': 'x' }, 412],
  ['POST', '/versioned', 'If-Match', { 'if-match': '"1"' }, 204],
  ['POST', '/versioned', 'If-Match beside If-Unmodified-Since', { 'if-match': '"1"', 'if-unmodified-since': 'x' }, 204],
  ['POST', '/versioned', 'If-Match beside If-None-Match', { 'if-match': '"1"', 'if-none-match': '"2"' }, 412],
  ['POST', '/versioned', 'If-Unmodified-Since', { 'if-unmodified-since': 'x' }, 412],
  ['POST', '/plain', 'If-Modified-Since', { 'if-modified-since': 'x' }, 204],
  ['POST', '/plain', 'If-Range', { 'if-range': '"1"' }, 204],
  ['GET', '/plain', 'If-None-Match of a read', { 'if-none-match': '"1"' }, 204],
])('%s %s on %s: %j is answered with %i', async (method, path, _, headers, status) => {
  expect((await answerTo(method, path, headers)).status).toBe(status)
})

function bareWrites(): { readonly app: App; readonly done: string[] } {
  const app: App = new Hono()
  const done: string[] = []
  app.onError((error) => problemAnswer(error as Problem))
  const bare = { id: 'x', summary: 'x', tag: 'Desk', cache: 'private', answers: {} } as const
  for (const method of ['post', 'put', 'delete'] as const)
    route(app, method, '/bare', bare, (c) => {
      done.push(method)
      return c.body(null, 204)
    })
  return { app, done }
}

test.each(['{"dryRun":true}', '[]', 'garbage', '{"a":1}', '"x"', '0', '{}x', 'null'])(
  'a route that takes no body is not done for one with %s in it',
  async (body) => {
    const { app, done } = bareWrites()
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await app.request('/bare', { method, body })
      const { code } = (await answer.json()) as { code: string }
      expect([method, answer.status, code]).toEqual([method, 400, 'no-body-taken'])
    }
    expect(done).toEqual([])
  },
)

test.each([undefined, '', '{}', ' { }\n'])('a route that takes no body is done with %j', async (body) => {
  const { app, done } = bareWrites()
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect((await app.request('/bare', { method, ...(body === undefined ? {} : { body }) })).status).toBe(204)
  expect(done).toEqual(['post', 'put', 'delete'])
})
