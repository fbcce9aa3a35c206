import { expect, test } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import { newsroomOfPages } from '../support/browser/pages-deps.ts'
import { memoryDeps } from '../support/http/memory-deps.ts'

// What people type, and what programs add to addresses: a way on, or the page that says there is nothing.

const app = createApp(await memoryDeps(newsroomOfPages, 'https://alerts.example'))
const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
const get = (path: string, headers: Record<string, string> = browser) => app.request(path, { headers })

test.each([
  ['/desk/', '/desk'],
  ['/desk//', '/desk'],
  ['/desk/?x=1', '/desk?x=1'],
  ['/en', '/en/'],
  ['/en?level=flash', '/en/?level=flash'],
  ['/EN?level=flash&topic=rights', '/en/?level=flash&topic=rights'],
  ['/EN/?level=flash', '/en/?level=flash'],
  ['/FA?x=%2F%3F', '/fa/?x=%2F%3F'],
  ['/fa/alerts/01932f6e-0000-7000-8000-00000000dead/', '/fa/alerts/01932f6e-0000-7000-8000-00000000dead'],
])('%s leads to %s', async (path, to) => {
  for (const headers of [browser, {}]) {
    const answer = await get(path, headers as Record<string, string>)
    expect([answer.status, answer.headers.get('location')]).toEqual([301, to])
  }
})

test.each([
  ['/nowhere', 'en'],
  ['/fa/alerts/', 'fa'],
  ['/fa/nowhere', 'fa'],
  ['/FA/nowhere/', 'fa'],
  ['/feeds', 'en'],
  ['/feeds/', 'en'],
  ['/feeds/en', 'en'],
  ['/feeds/en/', 'en'],
  ['/xx/', 'en'],
  ['/xx/alerts/01932f6e-0000-7000-8000-00000000dead', 'en'],
  ['//evil.example/', 'en'],
  ['/desk/x', 'en'],
  ['/v1x', 'en'],
])('a browser is shown at %s the page that there is nothing, in %s, with a way on', async (path, language) => {
  const answer = await get(path)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, expect.stringContaining('text/html')])
  const page = await answer.text()
  expect(page).toContain(`<html lang="${language}"`)
  expect(page).toContain(`href="/${language}/"`)
})

test('a program gets the same as a problem, and at /v1 a browser too', async () => {
  for (const [path, headers] of [
    ['/nowhere', { accept: 'application/json' }],
    ['/feeds/en', {}],
    ['/v1/nowhere', browser],
    ['/v1', browser],
    ['/healthz/', {}],
    ['/feeds/en.atom/', {}],
    ['/v1/alerts/x/y', browser],
  ] as const) {
    const answer = await get(path, headers as Record<string, string>)
    expect([path, answer.status, await answer.json()]).toMatchObject([path, 404, { code: 'no-such-page' }])
  }
})

test('what a probe adds to its address is passed over, so that no service is taken out for it', async () => {
  for (const path of ['/healthz', '/readyz'])
    for (const query of ['?x=1', '?_=1700000000', '?a=1&a=2', '?__proto__'])
      expect([path, query, (await get(path + query, {})).status]).toEqual([path, query, 200])
})

test('what newsletters and networks add to the link of a feed is ignored; a misspelt parameter is not', async () => {
  for (const query of [
    '?utm_source=newsletter&utm_medium=email',
    '?fbclid=IwAR0',
    '?gclid=1&topics=rights',
    '?yclid=1',
    '?mc_cid=1&mc_eid=2',
    '?utm_source=a&utm_source=b',
  ])
    for (const feed of ['/feeds/en.atom', '/feeds/en.json'])
      expect([query, (await get(feed + query, {})).status]).toEqual([query, 200])
  for (const query of ['?topic=rights', '?lang=fa', '?utm=1', '?UTM_SOURCE=1', '?clid=1', '?levelclid2=1', '?x=1'])
    expect([query, (await get(`/feeds/en.atom${query}`, {})).status]).toEqual([query, 400])
  // Nor does it stand in the feed's own address.
  expect(await (await get('/feeds/en.json?fbclid=1&topics=rights', {})).json()).toMatchObject({
    feed_url: 'https://alerts.example/feeds/en.json?topics=rights',
  })
  expect(newsroomOfPages.topics.map(({ id }) => id)).toContain('rights')
})
