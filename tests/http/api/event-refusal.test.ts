import { describe, expect, test } from 'vitest'
import { Problem } from '../../../src/domain/problem.ts'
import { eventRefusal, isEventSource } from '../../../src/http/api/event-refusal.ts'
import { eventRoutes } from '../../../src/http/api/events.ts'
import { createPart } from '../../../src/http/app.ts'
import { answerClosed, createHttpServer, listen } from '../../../src/node/server/server.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { serverMessages } from '../../../src/protocol/message-schemas.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { newsroom } from '../../support/samples.ts'

const deps = {
  newsroom,
  editors: new SqliteEditors(openSqlite(':memory:')),
  now: Date.now,
  publicUrl: null,
  report: () => {},
}
const routesThat = (error: unknown, options = {}) => {
  const app = createPart(deps)
  const events = () => {
    throw error
  }
  eventRoutes(app, { newsroom, events }, options)
  return app
}
const temporary = [
  new Problem(429, 'too-many-from-here', 'Too many.', { retryAfterSeconds: 5 }),
  new Problem(503, 'no-room', 'No room.', { retryAfterSeconds: 7 }),
  new Problem(503, 'catching-up', 'Not yet.', { retryAfterSeconds: 1 }),
  new Problem(503, 'draining', 'Stopping.'),
] as const

test.each(['text/event-stream', 'TEXT/Event-Stream', ' text/event-stream ', 'text/event-stream;charset=utf-8'])(
  '%j is how an EventSource asks',
  (accept) => {
    expect(isEventSource(accept)).toBe(true)
  },
)

test.each([
  undefined,
  null,
  '',
  '*/*',
  'application/json',
  'text/event-stream, */*',
  'text/event-streams',
  'text/html',
])('%j is how others ask', (accept) => {
  expect(isEventSource(accept)).toBe(false)
})

describe.each(temporary.map((problem) => [problem.code, problem] as const))('%s', (code, problem) => {
  test('is a stream that ends with a goodbye to an EventSource, which may come back', async () => {
    const answer = await routesThat(problem).request('/v1/events', { headers: { Accept: 'text/event-stream' } })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('cache-control')).toBe('no-cache, no-transform')
    const text = await answer.text()
    const [, retry, data] = /^retry: (\d+)\n\nevent: goodbye\ndata: (.*)\n\n$/.exec(text) ?? []
    const leastMs = (problem.retryAfterSeconds ?? 5) * 1_000
    expect(Number(retry)).toBeGreaterThanOrEqual(leastMs)
    expect(Number(retry)).toBeLessThan(2 * leastMs)
    expect(serverMessages.goodbye.parse(JSON.parse(data ?? ''))).toEqual({
      type: 'goodbye',
      reconnectAfterMs: Number(retry),
      code,
    })
  })

  test.each(['*/*', 'application/json', 'text/event-stream, */*'])(
    'stays what it is to who accepts %s',
    async (accept) => {
      const answer = await routesThat(problem).request('/v1/events', { headers: { Accept: accept } })
      expect([answer.status, await answer.json()]).toMatchObject([problem.status, { code }])
    },
  )

  test('stays as it is where a forwarding Worker decides itself', async () => {
    const asked = { headers: { Accept: 'text/event-stream' } }
    expect((await routesThat(problem, { isForwarded: true }).request('/v1/events', asked)).status).toBe(problem.status)
  })
})

test.each([new Problem(400, 'invalid', 'No.'), new Problem(403, 'test-audience', 'No.'), new Problem(426, 'x', 'No.')])(
  'what will not pass by itself ends an EventSource for good: $status',
  async (problem) => {
    const asked = { headers: { Accept: 'text/event-stream' } }
    expect((await routesThat(problem).request('/v1/events', asked)).status).toBe(problem.status)
  },
)

describe('before the service is ready', () => {
  const asked = async (path: string, accept: string, method = 'GET') => {
    const server = createHttpServer(answerClosed)
    const url = await listen(server, '127.0.0.1', 0)
    try {
      const answer = await fetch(`${url}${path}`, { method, headers: { accept, connection: 'close' } })
      return { answer, text: await answer.text() }
    } finally {
      server.close()
    }
  }

  test.each(['/v1/events', '/v1/events?languages=fa', '/v1/events?after=e.1'])(
    'an EventSource at %s is told to come back, and may',
    async (path) => {
      const { answer, text } = await asked(path, 'text/event-stream')
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      expect(text).toMatch(/^retry: 1\d{3}\n\nevent: goodbye\ndata: .*"code":"starting"/)
    },
  )

  test.each([
    ['/v1/events', '*/*', 'GET'],
    ['/v1/alerts', 'text/event-stream', 'GET'],
    ['/en/', 'text/html', 'GET'],
    ['/v1/subscriptions', '*/*', 'POST'],
    ['/healthz', '*/*', 'GET'],
    ['/v1/events', 'text/event-stream', 'POST'],
  ])('%s, accepting %s by %s, is told when to ask again', async (path, accept, method) => {
    const { answer, text } = await asked(path, accept, method)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'starting' })
  })
})

test('those who were refused together come back spread over as long again', async () => {
  const [, full] = temporary
  expect(await eventRefusal(full, () => 0).text()).toContain('retry: 7000\n')
  expect(await eventRefusal(full, () => 0.5).text()).toContain('retry: 10500\n')
})
