import { beforeEach, expect, test, vi } from 'vitest'
import { keepPage, keptPage, partAt } from '../../../src/web/service-worker/page-cache.ts'
import { newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'

/** Cache storage as a browser has it, as far as it is used. */
function cacheStorage() {
  const all = new Map<string, Map<string, Response>>()
  const open = async (name: string) => {
    const kept = all.get(name) ?? new Map<string, Response>()
    all.set(name, kept)
    return {
      match: async (path: string) => kept.get(path)?.clone(),
      put: async (path: string, answer: Response) => void kept.set(path, answer),
      delete: async (path: string) => kept.delete(path),
      keys: async () => [...kept.keys()].map((path) => ({ url: `https://tocsin.example${path}` })),
    }
  }
  return { open, has: async (name: string) => all.has(name) }
}

const path = '/assets/immutable/live-ABCDEFGH.js'
let asked = 0
let answer: () => Response

/** An answer as `fetch` gives it. */
function fetched(
  body: string,
  type: string,
  more: { redirected?: boolean; type?: ResponseType; status?: number } = {},
) {
  const { redirected = false, type: from = 'basic', status = 200 } = more
  const made = new Response(body, { status, headers: { 'Content-Type': type, 'Cache-Control': 'public' } })
  for (const copy of [made]) {
    Object.defineProperty(copy, 'type', { value: from })
    Object.defineProperty(copy, 'redirected', { value: redirected })
  }
  return made
}
const script = () => fetched('export{}', 'text/javascript; charset=utf-8')
const portal = () => fetched('<html>Log in</html>', 'text/html')

beforeEach(() => {
  asked = 0
  vi.stubGlobal('caches', cacheStorage())
  vi.stubGlobal('fetch', async () => {
    asked += 1
    return answer()
  })
  return () => vi.unstubAllGlobals()
})

test('a script of a page is asked for once', async () => {
  answer = script
  for (let time = 0; time < 2; time += 1) expect(await (await partAt(path)).text()).toBe('export{}')
  expect(asked).toBe(1)
})

test.each<[string, () => Response]>([
  ['a page in its place', portal],
  ['an answer from elsewhere', () => fetched('export{}', 'text/javascript', { redirected: true })],
  ['an answer of another origin', () => fetched('export{}', 'text/javascript', { type: 'cors' })],
  ['a failure', () => fetched('export{}', 'text/javascript', { status: 503 })],
])('%s is not kept as a script', async (_, strange) => {
  answer = strange
  await partAt(path)
  answer = script
  expect(await (await partAt(path)).text()).toBe('export{}')
  expect(asked).toBe(2)
})

test('what was kept in the place of a script is replaced', async () => {
  await (await caches.open('tocsin-parts-1')).put(path, portal())
  answer = script
  expect(await (await partAt(path)).text()).toBe('export{}')
})

const deps = pagesDeps(newsroomOfPages)

test.each(['/en/', '/fa/', '/fa/privacy', '/en/notifications'])('%s is kept', async (page) => {
  answer = script
  const html = await (await deps.get(page)).text()
  await keepPage(page, fetched(html, 'text/html'))
  expect(await (await keptPage(page, []))?.text()).toContain('id="main"')
})

test('a page that a network puts in the place of ours is not kept', async () => {
  answer = portal
  await keepPage('/en/', portal())
  expect(await keptPage('/en/', [])).toBeNull()
})
