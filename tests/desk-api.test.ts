import { describe, expect, it } from 'vitest'
import { call } from '../src/web/desk-api.ts'

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

describe('call', () => {
  it('asks again with the same key while answers get lost, ever more slowly', async () => {
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

  it('says that the answer is lost, not that it failed, when none comes', async () => {
    const net = network(...Array.from({ length: 6 }, gone))
    expect(await call('/v1/alerts', { method: 'POST', key: 'k1', ...net })).toEqual({ result: 'lost' })
    expect(net.asked).toHaveLength(6)
  })

  it('never repeats a change that has no key', async () => {
    const net = network(gone())
    expect(await call('/v1/desk/session', { method: 'POST', body: {}, ...net })).toEqual({ result: 'lost' })
    expect(net.asked).toHaveLength(1)
  })

  it('gives a refusal as the problem it is, at once', async () => {
    const net = network(
      Response.json({ status: 409, code: 'idempotency-key-reused', detail: 'Used.' }, { status: 409 }),
    )
    expect(await call('/v1/alerts', { method: 'POST', key: 'k1', ...net })).toMatchObject({
      result: 'refused',
      problem: { status: 409, code: 'idempotency-key-reused', detail: 'Used.' },
    })
  })

  it.each([500, 502, 503, 599])('knows nothing of what was done when %i comes, and asks again', async (status) => {
    const net = network(Response.json({ status }, { status }), Response.json({ seq: 1 }, { status: 201 }))
    const answer = await call('/v1/alerts', { method: 'POST', key: 'k1', ...net })
    expect([answer.result, net.asked.length]).toEqual(['done', 2])
  })

  it.each([400, 401, 409, 423, 499])('takes %i for the service’s own word', async (status) => {
    const net = network(Response.json({ status, code: 'c', detail: 'd' }, { status }))
    expect((await call('/v1/alerts', { method: 'POST', key: 'k1', ...net })).result).toBe('refused')
  })

  it('takes an answer without a body', async () => {
    const net = network(new Response(null, { status: 204 }))
    expect(await call('/v1/desk/session', { method: 'DELETE', ...net })).toMatchObject({ result: 'done', status: 204 })
  })
})
