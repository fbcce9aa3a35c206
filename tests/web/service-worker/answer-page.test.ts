import 'fake-indexeddb/auto'
import { beforeEach, expect, test, vi } from 'vitest'
import { offlinePage } from '../../../src/http/installed/offline-page.ts'
import { wordsOf } from '../../../src/http/pages/page-words.ts'
import { answerPage } from '../../../src/web/service-worker/answer-page.ts'
import { notificationOf } from '../../../src/web/service-worker/notification.ts'
import { keepPage } from '../../../src/web/service-worker/page-cache.ts'
import { getStored, putStored } from '../../../src/web/shared/browser-storage.ts'
import { newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'
import { signed } from '../../support/signing/published-signing.ts'
import { cacheStorage, fetched } from './cache-storage.ts'

const deps = pagesDeps(newsroomOfPages)
const id = deps.publish({ level: 'urgent', texts: { en: { headline: 'The newest of all' } } })
const english = newsroomOfPages.languages.find(({ tag }) => tag === 'en')
if (english === undefined) throw new Error('the newsroom has English')
const offlineHtml = String(await offlinePage(newsroomOfPages, wordsOf(english), signed.mirrors))
const page = async (path: string) => fetched(await (await deps.get(path)).text(), 'text/html')
let network: (address: string) => Promise<Response>

beforeEach(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.stubGlobal('caches', cacheStorage())
  vi.stubGlobal('self', { navigator: {} })
  vi.stubGlobal('fetch', (request: Request | string) => network(typeof request === 'string' ? request : request.url))
  network = async (address) => {
    if (address.startsWith('/assets/')) return fetched('export{}', 'text/javascript')
    return address === '/en/offline' ? fetched(offlineHtml, 'text/html') : page(address)
  }
  await keepPage('/en/', await page('/en/'))
  return () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  }
})

/** What the service worker answers; it is given what is needed of the event. */
async function answered(address: string): Promise<string> {
  let answer: Promise<Response> = Promise.reject(new Error('nothing was answered'))
  answer.catch(() => {})
  const url = `https://alerts.example${address}`
  const respondWith = (it: Promise<Response>) => {
    answer = it
  }
  answerPage({ request: { url }, respondWith, waitUntil: () => {} } as unknown as FetchEvent)
  const got = await answer
  return got.type === 'error' ? 'error' : got.text()
}

const offline = async () => Promise.reject(new TypeError('Failed to fetch'))
const slow = (body: () => Promise<Response>) => async () => {
  await new Promise((resolve) => setTimeout(resolve, 20_000))
  return body()
}

test.each([`/en/?before=${id}`, `/en/?topics=rights&before=${id}`])(
  'without a connection %s is not the newest alerts once more, but the page that says what is missing',
  async (address) => {
    network = offline
    const html = await answered(address)
    expect(html).toContain('<main id="main"')
    expect(html).not.toContain('The newest of all')
  },
)

test('older alerts are waited for on a slow network, though a copy of the newest is kept', async () => {
  vi.useFakeTimers()
  network = slow(async () => fetched('<main>Older</main>', 'text/html'))
  const answer = answered(`/en/?before=${id}`)
  await vi.advanceTimersByTimeAsync(21_000)
  expect(await answer).toBe('<main>Older</main>')
})

test.each(['/en/', '/en/?topics=rights', '/en/?before='])(
  'without a connection %s is the kept copy',
  async (address) => {
    network = offline
    expect(await answered(address)).toContain('The newest of all')
  },
)

test('on a slow network the newest alerts are the kept copy', async () => {
  vi.useFakeTimers()
  network = slow(async () => fetched('', 'text/html'))
  const answer = answered('/en/')
  await vi.advanceTimersByTimeAsync(6_000)
  expect(await answer).toContain('The newest of all')
})

test('an alert of which only a push has come is what the push said, first of all, when the service does not answer for five seconds', async () => {
  const [asked, other] = ['01932f6e-0000-7000-8000-000000000001', '01932f6e-0000-7000-8000-000000000002']
  const told = [other, asked].reduce(
    (seen, id) =>
      notificationOf(
        {
          notification: {
            ...{ title: `News ${id.slice(-1)}`, body: 'What is known so far.', lang: 'en', dir: 'ltr', tag: id },
            navigate: `https://alerts.example/en/alerts/${id}`,
            data: { id, version: 1, kind: 'alert', level: 'urgent', at: '2026-03-01T13:00:00Z' },
          },
        },
        seen,
      ).seen,
    [] as Parameters<typeof notificationOf>[1],
  )
  await putStored('seen', told)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  network = slow(async () => fetched('', 'text/html'))
  for (const [id, first, second] of [
    [asked, 'News 1', 'News 2'],
    [other, 'News 2', 'News 1'],
  ] as const) {
    let text = ''
    void answered(`/en/alerts/${id}`).then((it) => {
      text = it
    })
    while (vi.getTimerCount() < 4) await new Promise((resolve) => setImmediate(resolve))
    await vi.advanceTimersByTimeAsync(5_100)
    for (let nth = 0; nth < 500 && text === ''; nth += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(text.indexOf(first)).toBeGreaterThan(0)
    expect(text.indexOf(second)).toBeGreaterThan(text.indexOf(first))
  }
  // Of another one nothing is known: the network is waited for.
  let isAnswered = false
  void answered('/en/alerts/01932f6e-0000-7000-8000-000000000003').then(() => {
    isAnswered = true
  })
  await vi.advanceTimersByTimeAsync(19_000)
  expect(isAnswered).toBe(false)
})

const unknownPath = '/en/alerts/01932f6e-0000-7000-8000-000000000009'
const mirrorList = (urls: readonly string[]) => ({ urls, at: '2026-03-01T13:00:00.000Z' })

test.each<[string, () => Promise<Response>]>([
  ['does not answer for five seconds', slow(async () => fetched('', 'text/html'))],
  ['is in trouble', async () => new Response('', { status: 503 })],
])(
  'where mirrors are known an alert of which nothing is known has the page that asks them, when the service %s',
  async (_, answer) => {
    await putStored('mirrors', mirrorList(['https://mirror.example/']))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    network = answer
    let text = ''
    void answered(unknownPath).then((it) => {
      text = it
    })
    for (let nth = 0; nth < 500 && text === ''; nth += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      if (nth === 250) await vi.advanceTimersByTimeAsync(5_100)
    }
    expect(text).toContain('this page is not kept on this device')
    expect(text).toMatch(/<script data-parts="\/assets\/immutable\/alert-script-/)
    const { language, parts } = JSON.parse(/id="tocsin">([^<]*)</.exec(text)?.[1] ?? '')
    expect([language, parts.article.includes('class="alert whole"')]).toEqual(['en', true])
  },
)

test.each([null, 'x', {}, mirrorList([]), { urls: 'https://mirror.example/' }])(
  'where the list of mirrors is %j the service is waited for',
  async (list) => {
    await putStored('mirrors', list)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    network = slow(async () => fetched('<main>Late</main>', 'text/html'))
    const answer = answered(unknownPath)
    for (let nth = 0; nth < 250; nth += 1) await new Promise((resolve) => setImmediate(resolve))
    await vi.advanceTimersByTimeAsync(21_000)
    expect(await answer).toBe('<main>Late</main>')
  },
)

test('what mirrors had is forgotten once the service answers, and not before', async () => {
  await putStored('mirror-news', ['something'])
  const answering = network
  network = async () => new Response('', { status: 503 })
  await answered('/en/')
  expect(await getStored('mirror-news')).toEqual(['something'])
  network = answering
  await answered('/en/')
  await vi.waitFor(async () => expect(await getStored('mirror-news')).toBeUndefined())
})
