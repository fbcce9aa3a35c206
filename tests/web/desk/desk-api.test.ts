import { afterEach, describe, expect, it, vi } from 'vitest'
import { call } from '../../../src/web/desk/desk-api.ts'
import { forEditors } from '../../../src/web/desk/state/service-words.ts'

/** A network that gives these answers in turn, and what was asked of it. */
function network(...answers: (Response | Error)[]) {
  const asked: Headers[] = []
  const waits: number[] = []
  const request = async (_: unknown, init?: RequestInit) => {
    asked.push(new Headers(init?.headers))
    const answer = answers.shift()
    if (answer instanceof Error || answer === undefined) throw answer ?? new Error('nothing more was expected')
    return answer
  }
  const wait = async (ms: number) => {
    waits.push(ms)
  }
  return { request: request as typeof fetch, wait, asked, waits }
}

const gone = () => new TypeError('network error')

const ours = (status: number, code: string, detail: string) =>
  Response.json({ type: `urn:tocsin:problem:${code}`, title: code, status, code, detail }, { status })

/** A request that never ends, or whose body never does; it heeds the signal, or nothing at all. */
function silent(kind: 'request' | 'body' | 'deaf') {
  const signals: AbortSignal[] = []
  const request = (_: unknown, { signal }: RequestInit = {}) => {
    if (signal) signals.push(signal)
    if (kind === 'body') return Promise.resolve(new Response(new ReadableStream(), { status: 200 }))
    return new Promise<Response>((_, reject) => {
      if (kind === 'request') signal?.addEventListener('abort', () => reject(new Error('ended')))
    })
  }
  return { request: request as typeof fetch, signals }
}

describe('call', () => {
  afterEach(() => void vi.useRealTimers())

  it.each([
    ['request', 'a change that has no key', { method: 'POST' }, 1],
    ['body', 'a question', {}, 2],
    ['deaf', 'a question that is asked once', { attempts: 1 }, 1],
    ['request', 'a change with a key', { method: 'POST', key: 'k1' }, 6],
  ] as const)('gives up %s without an end: %s', async (kind, _, options, attempts) => {
    vi.useFakeTimers()
    const { request, signals } = silent(kind)
    const answers: unknown[] = []
    const answer = call('/v1/desk/pause', { ...options, request, wait: async () => {} })
    void answer.then((it) => answers.push(it))
    await vi.advanceTimersByTimeAsync(attempts * 10_000 - 1)
    expect(signals.map(({ aborted }) => aborted)).toEqual([...Array(attempts - 1).fill(true), false])
    await vi.advanceTimersByTimeAsync(1)
    expect([answers, signals.length]).toEqual([[{ result: 'lost' }], attempts])
    expect([signals.every(({ aborted }) => aborted), vi.getTimerCount()]).toEqual([true, 0])
  })

  it.each([
    [ours(503, 'cannot-store', 'Its disk is full.'), 'Its disk is full.'],
    [ours(500, 'internal', 'Something went wrong.'), 'Something went wrong.'],
    [ours(503, 'full', 'There is no room.'), 'There is no room.'],
    [Response.json({ type: 'about:blank', detail: 'A gateway’s.' }, { status: 502 }), undefined],
    [Response.json({ type: 'urn:tocsin:problem:x', detail: 5 }, { status: 503 }), undefined],
    [Response.json(null, { status: 503 }), undefined],
    [new Response('<h1>Bad gateway</h1>', { status: 502 }), undefined],
  ])(
    'hands on what the service itself says of its trouble, and nothing of a gateway (case %#)',
    async (said, detail) => {
      const told: (string | undefined)[] = []
      const net = network(said.clone(), said, gone())
      const onRetry = (_: number, why: string | undefined) => told.push(why)
      expect(await call('/v1/alerts', { ...net, onRetry })).toEqual({
        result: 'lost',
        ...(detail === undefined ? {} : { detail }),
      })
      expect(told).toEqual([detail])
    },
  )

  it('gives the last failure: a missing response after a reason has none', async () => {
    const net = network(ours(503, 'cannot-store', 'Full.'), gone())
    expect(await call('/v1/alerts', net)).toEqual({ result: 'lost' })
  })

  it('repeats with the same key while responses get lost, with growing intervals', async () => {
    const net = network(
      gone(),
      Response.json({ error: 'bad gateway' }, { status: 502 }),
      Response.json({ seq: 1 }, { status: 201 }),
    )
    const answer = await call('/v1/alerts', { method: 'POST', key: 'k1', body: {}, ...net })
    expect(answer).toEqual({ result: 'done', status: 201, body: { seq: 1 } })
    expect(net.asked.map((headers) => headers.get('idempotency-key'))).toEqual(['k1', 'k1', 'k1'])
    expect(net.waits).toEqual([500, 1_000])
  })

  it('reports a lost response, not a failure, when none comes', async () => {
    const net = network(...Array.from({ length: 6 }, gone))
    expect(await call('/v1/alerts', { method: 'POST', key: 'k1', ...net })).toEqual({ result: 'lost' })
    expect(net.asked).toHaveLength(6)
  })

  it('never repeats a change that has no key', async () => {
    const net = network(gone())
    expect(await call('/v1/desk/session', { method: 'POST', body: {}, ...net })).toEqual({ result: 'lost' })
    expect(net.asked).toHaveLength(1)
  })

  it('gives a refusal as a problem, at once', async () => {
    const net = network(
      Response.json({ status: 409, code: 'idempotency-key-reused', detail: 'Used.' }, { status: 409 }),
    )
    expect(await call('/v1/alerts', { method: 'POST', key: 'k1', ...net })).toMatchObject({
      result: 'refused',
      problem: { status: 409, code: 'idempotency-key-reused', detail: 'Used.' },
    })
  })

  it.each([500, 502, 503, 599])('does not know what was done after %i, and repeats', async (status) => {
    const net = network(Response.json({ status }, { status }), Response.json({ seq: 1 }, { status: 201 }))
    const answer = await call('/v1/alerts', { method: 'POST', key: 'k1', ...net })
    expect([answer.result, net.asked.length]).toEqual(['done', 2])
  })

  it.each([400, 401, 409, 423, 499])('takes %i as the service’s own response', async (status) => {
    const net = network(Response.json({ status, code: 'c', detail: 'd' }, { status }))
    expect((await call('/v1/alerts', { method: 'POST', key: 'k1', ...net })).result).toBe('refused')
  })

  it('takes a response without a body', async () => {
    const net = network(new Response(null, { status: 204 }))
    expect(await call('/v1/desk/session', { method: 'DELETE', ...net })).toMatchObject({ result: 'done', status: 204 })
  })
})

it('what editors read of a refusal has no route of the API and no raw time', async () => {
  const detail =
    'Publishing is paused (everything) since 2026-11-27T17:06:55.143Z by Ada: Test. Nothing was published. An admin resumes it at the desk or with POST /v1/desk/resume; retractions pass.'
  const answer = await call('/v1/desk/items', {
    request: async () => Response.json({ detail, code: 'paused', status: 423 }, { status: 423 }),
  })
  const read = answer.result === 'refused' ? answer.problem.detail : ''
  expect(read).toMatch(/An admin resumes it at the desk; retractions pass\.$/)
  expect(read).not.toMatch(/\/v1|\dT\d/)
  expect(read).toMatch(/November.*2026/)
  expect(forEditors('It may have been deleted; look in /v1/desk/items.')).toBe('It may have been deleted.')
  expect(forEditors('Open the page about it/v2 and 12:30.')).toBe('Open the page about it/v2 and 12:30.')
})
