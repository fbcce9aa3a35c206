import { expect, test } from 'vitest'
import { usualLanguage } from '../../../src/domain/newsroom.ts'
import { browserPath, launchChromium } from '../../support/browser/browsers.ts'
import { newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// How the style sheet sets texts, in a real Chromium.

const clean = cleaning()
const tall = ['fa', 'prs', 'ar', 'ps', 'ur', 'ug', 'my', 'km', 'lo', 'th', 'bo']
const tags = [...tall, 'en', 'ka', 'ru']
const newsroom = { ...newsroomOfPages, languages: tags.map((tag) => usualLanguage(tag)) }
const asked = '#latest, h3.headline, .summary, .panel h2, h1.headline, .history p.headline, #kept'

test('letters with marks above and below have room, headings are larger the higher they are, and notices are apart', async ({
  skip,
}) => {
  const deps = pagesDeps(newsroom)
  const texts = Object.fromEntries(tags.map((tag) => [tag, { headline: 'A', summary: 'B' }]))
  const id = deps.publish({ level: 'routine', texts })
  const browser = await launchChromium(browserPath('chromium', skip))
  clean(() => browser.close())
  const page = await browser.newPage()
  for (const tag of tags)
    for (const path of [`/${tag}/`, `/${tag}/alerts/${id}`]) {
      const html = await (await deps.get(path)).text()
      // What the service worker and the page's script add.
      const added =
        '<div id="kept"><p class="notice">Kept</p></div><section class="panel"><h2>A</h2><h3>B</h3></section>'
      await page.setContent(
        html
          .replace('<main id="main">', (it) => `${it}${added}`)
          .replace('<main id="main" class="narrow">', (it) => `${it}${added}`),
      )
      const read = (await page.evaluate(`[...document.querySelectorAll('${asked}')].map((it) => {
        const { fontSize, lineHeight } = getComputedStyle(it)
        return [it.id || it.className || it.localName, parseFloat(lineHeight) / parseFloat(fontSize)]
      })`)) as [string, number][]
      expect(read.length).toBeGreaterThan(3)
      for (const [name, height] of read)
        expect(tall.includes(tag) ? height >= 1.54 : height < 1.6, `${tag} ${name}: ${height}`).toBe(true)
      const sizes = await page.evaluate(
        `['h2', 'h3'].map((it) => parseFloat(getComputedStyle(document.querySelector('main .panel ' + it)).fontSize))`,
      )
      const [h2 = 0, h3 = 0] = sizes as number[]
      expect(h3).toBeLessThan(h2)
      const gap = await page.evaluate(`(() => {
        const kept = document.getElementById('kept')
        return kept.nextElementSibling.getBoundingClientRect().top - kept.getBoundingClientRect().bottom
      })()`)
      expect(gap).toBeGreaterThan(10)
    }
})
