import { expect, test } from 'vitest'
import { browserPath, launchChromium } from '../../support/browser/browsers.ts'
import { publish, revise, startNode } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// Text of twice the size in a narrow window (WCAG 2.2, 1.4.4): nothing is wider than the window or cut off.

const clean = cleaning()
const languages = ['en', 'fa', 'ru', 'ka'] as const
const headlines = {
  en: 'Telecommunications infrastructure disconnected internationally',
  fa: 'زیرساخت‌های ارتباطات بین‌المللی در دو استان قطع شد',
  ru: 'Железнодорожное сообщение приостановлено правительством',
  ka: 'ტელეკომუნიკაციების ინფრასტრუქტურა გაითიშა საქართველოში',
}
const wide = `(() => {
  const end = document.documentElement.clientWidth
  const isIn = (box) => box.left >= -1 && box.right <= end + 1
  return [...document.body.querySelectorAll('*')]
    .filter((it) => !it.closest('.visually-hidden, .skip') && it.getClientRects().length > 0)
    .filter((it) => !isIn(it.getBoundingClientRect()) || (getComputedStyle(it).overflowX !== 'visible' && it.scrollWidth > it.clientWidth + 1))
    .map((it) => it.localName + '.' + it.className + '#' + it.id + ' ' + it.textContent.trim().slice(0, 30))
})()`

test('at 360 px and 200 % no page is wider than the window', { timeout: 240_000 }, async ({ skip }) => {
  const executable = browserPath('chromium', skip)
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const browser = await launchChromium(executable)
  clean(() => browser.close())
  const texts = Object.fromEntries(
    languages.map((tag) => [
      tag,
      {
        headline: headlines[tag],
        summary: headlines[tag],
        url: 'https://internationally-syndicated-news.example/story',
      },
    ]),
  )
  const note = Object.fromEntries(languages.map((tag) => [tag, headlines[tag]]))
  const { alert } = await publish(service.url, { level: 'urgent', texts })
  await revise(service.url, alert.id, 'retraction', { note })
  const live = await publish(service.url, { level: 'flash', texts })
  const page = await browser.newPage()
  await page.setViewport({ width: 360, height: 800 })
  const found: string[] = []
  for (const tag of languages)
    for (const path of [
      '',
      `alerts/${alert.id}`,
      `alerts/${live.alert.id}`,
      'privacy',
      'notifications',
      'alerts/none',
    ]) {
      await page.goto(new URL(`/${tag}/${path}`, service.url).href)
      await page.evaluate(`document.documentElement.style.fontSize = '200%'`)
      if (path === '')
        await until(async () => (await page.evaluate(`document.getElementById('push').dataset.state`)) !== 'unknown')
      await page.evaluate(`for (const it of document.querySelectorAll('details')) it.open = true`)
      if (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
        found.push(`${tag}/${path} scrolls sideways`)
      found.push(...((await page.evaluate(wide)) as string[]).map((it) => `${tag}/${path}: ${it}`))
    }
  expect(found).toEqual([])
})
