import { beforeEach, expect, test, vi } from 'vitest'
import { keepPage, keptPage, lastFront, partAt } from '../../../src/web/service-worker/page-cache.ts'
import { newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'
import { cacheStorage, fetched } from './cache-storage.ts'

const path = '/assets/immutable/live-ABCDEFGH.js'
let asked = 0
let answer: () => Response

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

/** A body that never ends: nothing comes, or a little each second. */
const endless = (everyMs: number | null) => (signal: AbortSignal) =>
  new Response(
    new ReadableStream({
      start(body) {
        const timer = everyMs === null ? undefined : setInterval(() => body.enqueue(new Uint8Array(1)), everyMs)
        signal.addEventListener('abort', () => {
          clearInterval(timer)
          body.error(signal.reason)
        })
      },
    }),
  )

test.each<[string, (signal: AbortSignal) => Response | Promise<Response>]>([
  ['hangs before its headers', (signal) => new Promise((_, no) => signal.addEventListener('abort', no))],
  ['hangs in its body', endless(null)],
  ['comes drop by drop', endless(1_000)],
])('a script whose request %s is given up and asked for anew, for all who need it', async (_, hung) => {
  vi.useFakeTimers()
  vi.stubGlobal('fetch', async (_: string, { signal }: RequestInit & { signal: AbortSignal }) => {
    asked += 1
    return asked > 1 ? script() : hung(signal)
  })
  const texts = [partAt(path), partAt(path)].map((part) => part.then((it) => it.text()))
  await vi.advanceTimersByTimeAsync(130_000)
  vi.useRealTimers()
  expect(await Promise.all(texts)).toEqual(['export{}', 'export{}'])
  expect(asked).toBe(2)
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

test('a script whose connection stopped is asked for again, by a connection of the other kind, and kept', async () => {
  const kinds: unknown[] = []
  vi.stubGlobal('fetch', async (_: string, { credentials }: RequestInit) => {
    kinds.push(credentials)
    if (kinds.length < 3) throw new DOMException('', 'AbortError')
    return script()
  })
  for (let time = 0; time < 2; time += 1) expect(await (await partAt(path)).text()).toBe('export{}')
  expect(kinds).toEqual(['omit', 'same-origin', 'omit'])
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

test('a newer copy takes the place of the former one at once: when the device has no room, the former one stays', async () => {
  answer = script
  await keepPage('/en/', fetched(await (await deps.get('/en/')).text(), 'text/html'))
  const pages = await caches.open('tocsin-pages-1')
  const changes: string[] = []
  const full = () => Promise.reject(new DOMException('full', 'QuotaExceededError'))
  const stores = cacheStorage()
  vi.stubGlobal('caches', {
    ...stores,
    open: async (name: string) =>
      name === 'tocsin-pages-1'
        ? { ...pages, put: full, delete: async (path: string) => changes.push(path) }
        : stores.open(name),
  })
  const newer = fetched(await (await deps.get('/en/')).text(), 'text/html')
  await expect(keepPage('/en/', newer)).rejects.toThrow('full')
  expect(changes).toEqual([])
  expect(await keptPage('/en/', [])).not.toBeNull()
})

test('the page that was read last is the one that opens without a connection, also where it had been read before', async () => {
  answer = script
  vi.useFakeTimers({ toFake: ['Date'] })
  for (const page of ['/en/', '/fa/', '/en/']) {
    vi.setSystemTime(Date.now() + 1_000)
    await keepPage(page, fetched(await (await deps.get(page)).text(), 'text/html'))
  }
  vi.useRealTimers()
  expect(await lastFront()).toBe('/en/')
})

test('a page that a network puts in the place of ours is not kept', async () => {
  answer = portal
  await keepPage('/en/', portal())
  expect(await keptPage('/en/', [])).toBeNull()
})

test('a page is kept before what shows alerts in the place of the page for no connection', async () => {
  const { get, publish } = pagesDeps(newsroomOfPages)
  publish({ level: 'urgent', texts: { en: { headline: 'News' } } })
  const html = await (await get('/en/')).text()
  const page = (text: string) => fetched(text, 'text/html')
  const shell = '<script data-parts="/assets/immutable/shell-AAAAAAAA.js">1</script>'
  const offline = `<a href="#main"></a><main id="main">No connection</main>${shell}`
  let isThere = false
  vi.stubGlobal('fetch', async (path: string) => {
    if (path === '/en/offline') return page(offline)
    if (path.includes('/shell-')) return fetched('import("./live-BBBBBBBB.js")', 'text/javascript')
    if (path.includes('/live-BBBBBBBB')) return isThere ? script() : page('')
    return script()
  })
  await expect(keepPage('/en/', page(html))).rejects.toThrow('/assets/immutable/live-BBBBBBBB.js')
  expect(await (await keptPage('/en/', []))?.text()).toContain('News')
  isThere = true
  await keepPage('/en/', page(html))
  expect(await (await partAt('/assets/immutable/live-BBBBBBBB.js')).text()).toBe('export{}')
})
