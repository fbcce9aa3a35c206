import { beforeEach, expect, test, vi } from 'vitest'
import { offlinePage } from '../../../src/http/installed/offline-page.ts'
import { wordsOf } from '../../../src/http/pages/page-words.ts'
import { answerPage, keepOpenPages } from '../../../src/web/service-worker/answer-page.ts'
import { keepPage } from '../../../src/web/service-worker/page-cache.ts'
import { newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'
import { signed } from '../../support/signing/published-signing.ts'
import { cacheStorage, fetched } from './cache-storage.ts'

// A network stops the connection in the middle of a page. The service worker's clock is the test's.

const deps = pagesDeps(newsroomOfPages)
deps.publish({ level: 'urgent', texts: { en: { headline: 'An older one' } } })
const english = newsroomOfPages.languages.find(({ tag }) => tag === 'en')
if (english === undefined) throw new Error('the newsroom has English')
const offlineHtml = String(await offlinePage(newsroomOfPages, wordsOf(english), signed.mirrors))
const former = await (await deps.get('/en/')).text()
deps.publish({ level: 'urgent', texts: { en: { headline: 'The newest of all' } } })
const newest = await (await deps.get('/en/')).text()

/** How a page comes: so many pieces, one every so many milliseconds; `stops`: not the last one. */
type Comes = { readonly pieces: number; readonly everyMs: number; readonly stops: boolean }
const whole: Comes = { pieces: 1, everyMs: 0, stops: false }
const stopped: Comes = { pieces: 2, everyMs: 10, stops: true }
let coming: Comes[] = []
const asked: RequestInit[] = []

function cameAs({ pieces, everyMs, stops }: Comes, signal: AbortSignal | null | undefined): Response {
  const bytes = new TextEncoder().encode(newest)
  const size = Math.ceil(bytes.length / pieces)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      signal?.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')))
      for (let nth = 0; nth < pieces; nth += 1)
        setTimeout(() => {
          if (signal?.aborted || (stops && nth === pieces - 1)) return
          controller.enqueue(bytes.subarray(nth * size, (nth + 1) * size))
          if (nth === pieces - 1) controller.close()
        }, nth * everyMs)
    },
  })
  const answer = new Response(body, { headers: { 'Content-Type': 'text/html', 'Cache-Control': 'public' } })
  Object.defineProperty(answer, 'type', { value: 'basic' })
  return answer
}

beforeEach(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.stubGlobal('caches', cacheStorage())
  vi.stubGlobal('self', { navigator: {} })
  vi.stubGlobal('fetch', async (request: { url: string } | string, init?: RequestInit) => {
    const { pathname } = new URL(typeof request === 'string' ? request : request.url, 'https://alerts.example')
    if (pathname.startsWith('/assets/')) return fetched('export{}', 'text/javascript')
    if (pathname === '/en/offline') return fetched(offlineHtml, 'text/html')
    asked.push(init ?? {})
    return cameAs(coming.shift() ?? stopped, init?.signal)
  })
  asked.splice(0)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
  return () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  }
})

/** A visit: its page, once it is there after so long at most, and all that the worker does besides. */
async function visit(ms: number) {
  let text: string | undefined
  const doing: Promise<unknown>[] = []
  const respondWith = (it: Promise<Response>) => {
    const took = it.then(async (answer) => {
      text = answer.type === 'error' ? 'error' : await answer.text()
    })
    doing.push(took)
  }
  const waitUntil = (it: Promise<unknown>) => void doing.push(it)
  answerPage({ request: { url: 'https://alerts.example/en/' }, respondWith, waitUntil } as unknown as FetchEvent)
  await vi.advanceTimersByTimeAsync(ms)
  return { text: () => text, over: Promise.all(doing) }
}
const keepFormer = () => keepPage('/en/', fetched(former, 'text/html'))
const keptText = async () => (await (await caches.open('tocsin-pages-1')).match('/en/'))?.text()

test('a page that stops on the way is the kept copy after five seconds, and is asked for again for the next visit', async () => {
  await keepFormer()
  coming = [stopped, whole]
  const { text, over } = await visit(5_100)
  expect(text()).toContain('An older one')
  expect(text()).not.toContain('The newest of all')
  await vi.advanceTimersByTimeAsync(5_000)
  await over
  expect(await keptText()).toContain('The newest of all')
})

test('without a copy it is asked for again, twice, on connections of their own', async () => {
  coming = [stopped, stopped, whole]
  const { text } = await visit(9_900)
  expect(text()).toBeUndefined()
  await vi.advanceTimersByTimeAsync(200)
  expect(text()).toBe(newest)
  expect(asked.map(({ credentials }) => credentials)).toEqual([undefined, 'omit', 'omit'])
})

test('one that always stops is in the end the page that says what is missing, or the browser’s own', async () => {
  expect((await visit(15_200)).text()).toBe('error')
  expect(asked).toHaveLength(3)
})

test('a slow page of which something comes again and again is waited for, with a copy too', async () => {
  await keepFormer()
  coming = [{ pieces: 12, everyMs: 4_000, stops: false }]
  expect((await visit(43_000)).text()).toBeUndefined()
  coming = [{ pieces: 12, everyMs: 4_000, stops: false }]
  expect((await visit(44_100)).text()).toBe(newest)
})

test('a page that never ends is over after a minute, however often something comes', async () => {
  await keepFormer()
  coming = [{ pieces: 1_000, everyMs: 2_000, stops: false }]
  const { text, over } = await visit(60_100)
  expect(text()).toContain('An older one')
  await over
})

test('an open page that is read anew is asked for again where it stops', async () => {
  coming = [stopped, whole]
  const reading = keepOpenPages([{ url: 'https://alerts.example/en/' }])
  await vi.advanceTimersByTimeAsync(5_100)
  await reading
  expect(await keptText()).toContain('The newest of all')
})
