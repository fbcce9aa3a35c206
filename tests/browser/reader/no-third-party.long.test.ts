import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { browserPath, launchChromium } from '../../support/browser/browsers.ts'
import { publish, startNode } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

test('a reader’s browser asks nobody but the service, keeps no cookie, and tells a story’s site not where it comes from', async () => {
  const executable = browserPath('chromium', (note) => expect.fail(note))
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const asked: IncomingHttpHeaders[] = []
  const site = createServer((request, answer) => {
    if (request.url === '/story') asked.push(request.headers)
    answer.setHeader('content-type', 'text/html')
    answer.end('<!doctype html><title>A story</title><p id="story">' + 'It goes on.')
  })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  clean(() => site.close())
  const story = `http://127.0.0.1:${(site.address() as AddressInfo).port}/story`
  const { alert } = await publish(service.url, {
    level: 'urgent',
    texts: {
      en: {
        headline: 'A story',
        url: 'https://news.example/story',
        image: { url: 'https://news.example/1.jpg', alt: 'x' },
      },
    },
  })
  const browser = await launchChromium(executable)
  clean(() => browser.close())
  const page = await browser.newPage()
  const origins = new Set<string>()
  page.on('request', (request) => origins.add(new URL(request.url()).origin))
  const own = new URL(service.url).origin
  for (const path of [
    '/',
    '/en/',
    '/fa/',
    `/en/alerts/${alert.id}`,
    `/fa/alerts/${alert.id}`,
    '/en/privacy',
    '/en/none',
  ]) {
    await page.goto(new URL(path, service.url).href)
    if (path.endsWith('/'))
      await until(async () => (await page.evaluate(`document.getElementById('connection').dataset.state`)) === 'live')
    expect(await page.evaluate('document.cookie'), path).toBe('')
  }
  expect([...origins]).toEqual([own])
  expect(await browser.cookies()).toEqual([])
  // The way to a story, of both pages that have one; the address is another only because the tests' site has no https.
  for (const path of ['/en/', `/en/alerts/${alert.id}`]) {
    await page.goto(new URL(path, service.url).href)
    // Only then: the page puts back what was changed in what the newsroom has signed.
    await page.evaluate(`document.addEventListener('mousedown', ({ target }) => {
      target.closest('a.story').href = ${JSON.stringify(story)}
    }, true)`)
    await Promise.all([page.waitForNavigation(), page.click('a.story')])
    expect(await page.evaluate('document.referrer')).toBe('')
  }
  expect(asked).toHaveLength(2)
  for (const headers of asked) expect([headers.referer, headers.origin]).toEqual([undefined, undefined])
})
