import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { browserPath, launchChromium } from '../support/browser/browsers.ts'
import { openPages } from '../support/browser/open-pages.ts'
import { manyLanguages } from '../support/browser/pages-deps.ts'
import { english, publish, revise, startNode } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()

async function opened(skip: (note: string) => never) {
  const { url, page, errors } = await openPages(clean, skip)
  const go = async (path: string) => {
    await page.goto(new URL(path, url).href)
    await until(async () => (await page.evaluate(`document.getElementById('connection').dataset.state`)) === 'live')
  }
  const visible = () => page.evaluate('document.body.innerText') as Promise<string>
  return { url, page, errors, go, visible }
}

test('the reader page in Chromium: what is true is said, a retraction keeps no claim, paper has no buttons', async ({
  skip,
}) => {
  const { url, page, errors, go, visible } = await opened(skip)
  await go('/en/')
  expect(await visible()).toContain('Nothing here yet')
  const { alert } = await publish(url, {
    level: 'urgent',
    texts: {
      en: { headline: 'Five killed', summary: 'In Kabul.', url: 'https://news.example/5' },
      fa: { headline: 'پنج' },
    },
  })
  await until(async () => (await visible()).includes('Five killed'))
  expect(await visible()).not.toMatch(/Nothing here yet|may be missing/)
  expect(await page.evaluate(`document.getElementById('none').textContent`)).toBe('')
  expect(await page.$eval('#choice-stays', (it) => it.textContent)).toBe('Your choice stays in this browser.')

  await page.emulateMediaType('print')
  await until(async () =>
    /\d{4}/.test((await page.evaluate(`document.querySelector('article time').textContent`)) as string),
  )
  const paper = await visible()
  expect(paper).toContain('Five killed')
  expect(paper).not.toMatch(/\bLive\b|minute|this minute|Show|Alerts on this device|Languages/)
  const after = (selector: string) =>
    page.evaluate(`getComputedStyle(document.querySelector('${selector}'), '::after').content`)
  expect(await after('.headline a')).toContain(`/en/alerts/${alert.id}`)
  expect(await after('a.story')).toContain('https://news.example/5')
  await page.emulateMediaType('screen')
  await until(async () => (await visible()).includes('Live'))

  await revise(url, alert.id, 'retraction', { note: { fa: 'درست نبود.' } })
  await until(async () => (await visible()).includes('This alert was wrong and has been withdrawn.'))
  expect(await page.$eval('article s', (it) => it.textContent)).toBe('Five killed')
  expect(await visible()).not.toMatch(/In Kabul|news\.example/)
  expect(await page.evaluate(`document.getElementById('announce').textContent`)).toContain('Retracted Five killed.')
  expect(errors).toEqual([])
}, 180_000)

test('Chromium writes times as the server did, in every language', async () => {
  const executable = browserPath('chromium', (note) => expect.fail(note))
  const { timeIn } = await import('../../src/http/pages/time-element.ts')
  const { wordsIn } = await import('../../src/http/pages/page-words.ts')
  const { build } = await import('esbuild')
  const folder = scratchFolder(clean)
  // Without a server its parts cannot be loaded: the same script in one piece.
  const entryPoints = { times: join(import.meta.dirname, '../../src/web/reader/alert-script.ts') }
  await build({ entryPoints, outdir: folder, bundle: true, format: 'iife' })
  const browser = await launchChromium(executable)
  clean(() => browser.close())
  const page = await browser.newPage()
  await page.emulateTimezone('UTC')
  const at = '2026-03-01T12:34:00.000Z'
  for (const tag of manyLanguages) {
    const words = wordsIn(tag)
    const config = JSON.stringify({ language: tag, formats: words.formats })
    await page.setContent(`<script type="application/json" id="tocsin">${config}</script>${await timeIn(words, at)}`)
    const before = await page.$eval('time', (it) => it.textContent)
    await page.addScriptTag({ path: join(folder, 'times.js') })
    expect(await page.$eval('time', (it) => [it.textContent, it.title, it.lang])).toEqual([before, before, ''])
  }
})

test('a note that comes to the open page is led as the service leads it: what an update says was not wrong', async ({
  skip,
}) => {
  const { url, page, errors, go } = await opened(skip)
  await go('/en/')
  const { alert } = await publish(url, english('Bridge closed'))
  const noteThat = async (includes: string) => {
    const words = () => page.evaluate(`document.querySelector('article .note')?.textContent ?? ''`) as Promise<string>
    await until(async () => (await words()).includes(includes))
    return words()
  }
  for (const [kind, note, shown] of [
    ['update', 'It opens at six.', 'It opens at six.'],
    ['correction', 'It is open.', 'What was wrong It is open.'],
    ['retraction', 'It was never closed.', 'What was wrong It was never closed.'],
  ] as const) {
    await revise(url, alert.id, kind, { note: { en: note } })
    const live = await noteThat(note)
    await page.reload()
    expect([kind, live.trim(), (await noteThat(note)).trim()]).toEqual([kind, shown, shown])
  }
  expect(errors).toEqual([])
})

const text = existsSync('/usr/bin/w3m') ? '/usr/bin/w3m' : null

test.runIf(text !== null || process.env.CI === 'true')('w3m prints only what is true', async () => {
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  await publish(service.url, english('Five killed'))
  const seen = (path: string) =>
    execFileSync(String(text), ['-dump', new URL(path, service.url).href], { encoding: 'utf8' })
  expect(seen('/en/')).toContain('Five killed')
  expect(seen('/en/')).not.toMatch(/Nothing here yet|may be missing|are on|blocked|What was wrong|full story|\bLive\b/)
  expect(seen('/fa/')).toContain('هنوز چیزی اینجا نیست')
  expect(seen('/desk')).toContain('The desk needs JavaScript')
  expect(seen('/desk')).not.toMatch(/LIVE|RETRACTION|Sign in/)
})
