import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { openChromium } from '../../../support/browser/subscribed-browsers.ts'
import { blackHole } from '../../../support/mirrors/black-hole.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// A real browser whose page of a newsroom with mirrors is looked at, covered by another tab, and looked at again. What it asks of the
// service is read from the connections before that.

const clean = cleaning()
const mirrors = ['https://mirror.example/']

/** Where a service will be found, and the intervals of heartbeats that streams have asked of it by now, null for none. */
async function watched(more: Readonly<Record<string, string>> = {}) {
  const { origin, env, newsroom, requested } = await blackHole(clean)
  const asked = () =>
    requested()
      .filter((target) => /^\/v1\/(?:socket|events)\?/.test(target))
      .map((target) => new URL(target, origin).searchParams.get('heartbeat'))
  return { asked, how: { origin, env: { ...env, NEWSROOM: newsroom({ mirrors }), ...more } } }
}

const inPage = (page: Page, expression: string) => page.evaluate(expression) as Promise<unknown>
const isLive = async (page: Page) =>
  (await inPage(page, `document.getElementById('connection').dataset.state`)) === 'live'

test('a page that is covered by another tab for a minute asks for no short heartbeat any more, and for one again once it is looked at', {
  timeout: 240_000,
}, async ({ skip }) => {
  const { asked, how } = await watched()
  const { page, browser } = await openChromium(clean, skip, how)
  await until(() => isLive(page))
  expect(asked().at(-1)).toBe('3')
  const other = await browser.newPage()
  const cover = async () => {
    await other.bringToFront()
    await until(async () => (await inPage(page, 'document.visibilityState')) === 'hidden')
  }
  await cover()
  const before = asked().length
  await expect.poll(() => asked().slice(before), { timeout: 150_000 }).toEqual([null])
  await until(() => isLive(page))
  await page.bringToFront()
  await expect.poll(() => asked().slice(before), { timeout: 30_000 }).toEqual([null, '3'])
  await until(() => isLive(page))
  // For a moment: the connection stays.
  await cover()
  await page.bringToFront()
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  expect(asked().slice(before)).toEqual([null, '3'])
})

test.for([
  ['5', '5'],
  ['0', null],
] as const)(
  'with PAGE_HEARTBEAT_SECONDS=%s a page in sight asks for heartbeats so often (0: as usual)',
  {
    timeout: 120_000,
  },
  async ([PAGE_HEARTBEAT_SECONDS, seconds], { skip }) => {
    const { asked, how } = await watched({ PAGE_HEARTBEAT_SECONDS })
    const { page } = await openChromium(clean, skip, how)
    await until(() => isLive(page))
    expect(new Set(asked())).toEqual(new Set([seconds]))
  },
)
