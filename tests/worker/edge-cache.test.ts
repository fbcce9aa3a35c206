import { expect, test } from 'vitest'
import { throughCache } from '../../src/worker/edge-cache.ts'

function benchOf(headers: Record<string, string>, status = 200) {
  const kept = new Map<string, Response>()
  let asked = 0
  const later: Promise<unknown>[] = []
  const cache = {
    match: async ({ url }: Request) => kept.get(url)?.clone(),
    put: async ({ url }: Request, answer: Response) => void kept.set(url, answer),
  }
  const ask = async () => {
    asked += 1
    return new Response(`answer ${asked}`, { status, headers })
  }
  const get = async (init: RequestInit = {}) => {
    const request = new Request('https://alerts.example/v1/alerts', init)
    const answer = await throughCache(request, ask, { cache, later: (work) => void later.push(work) })
    await Promise.all(later)
    return answer.text()
  }
  return { get, asked: () => asked }
}

test('many who ask for one public page are one question', async () => {
  const { get, asked } = benchOf({ 'cache-control': 'public, max-age=1' })
  expect([await get(), await get(), await get()]).toEqual(['answer 1', 'answer 1', 'answer 1'])
  expect(asked()).toBe(1)
})

test('requests with a key or a session, and writes, neither read nor fill the cache', async () => {
  const { get, asked } = benchOf({ 'cache-control': 'public, max-age=1' })
  await get({ headers: { authorization: 'Bearer x' } })
  await get({ headers: { cookie: 'tocsin-desk=x' } })
  await get({ method: 'POST' })
  expect(await get()).toBe('answer 4')
  expect(await get({ headers: { authorization: 'Bearer x' } })).toBe('answer 5')
  expect(asked()).toBe(5)
})

test('a cookie of another site below the same domain changes nothing', async () => {
  const { get, asked } = benchOf({ 'cache-control': 'public, max-age=1' })
  for (const cookie of ['_ga=1', 'consent=yes; _ga=GA1.2', '__Host-tocsin-deskx=1', 'x=tocsin-desk=1'])
    expect(await get({ headers: { cookie } })).toBe('answer 1')
  expect(asked()).toBe(1)
})

test('a part is not cut from what the cache has: it does not evaluate If-Range', async () => {
  const { get } = benchOf({ 'cache-control': 'public, max-age=5' })
  await get()
  expect(await get({ headers: { range: 'bytes=3-', 'if-range': '"a"' } })).toBe('answer 2')
  expect(await get()).toBe('answer 1')
})

test.each([
  [{ 'cache-control': 'private, no-store' }, 200],
  [{ 'cache-control': 'no-store' }, 200],
  [{}, 200],
  [{ 'cache-control': 'public, max-age=5', vary: 'Accept-Language' }, 200],
  [{ 'cache-control': 'public, max-age=5' }, 404],
])('an answer with %o and status %i is not kept', async (headers, status) => {
  const { get } = benchOf(headers as Record<string, string>, status)
  expect([await get(), await get()]).toEqual(['answer 1', 'answer 2'])
})
