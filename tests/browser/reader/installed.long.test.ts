import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { browserPath, launchChromium } from '../../support/browser/browsers.ts'
import { stateOf } from '../../support/browser/reader-page.ts'
import { startNode } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// Whether Chromium itself would install the page, and as what (Page.getInstallabilityErrors, Page.getAppManifest).

const clean = cleaning()

async function installed(skip: (note: string) => never, path: string, env: Record<string, string> = {}) {
  const browser = await launchChromium(browserPath('chromium', skip))
  clean(() => browser.close())
  const tocsin = await startNode(scratchFolder(clean), env)
  clean(() => tocsin.end('SIGTERM'))
  const page = await browser.newPage()
  await page.goto(new URL(path, tocsin.url).href)
  await until(async () => (await stateOf(page)) !== 'unknown')
  const session = await page.createCDPSession()
  const ask = async () => {
    const { errors, url, data } = await session.send('Page.getAppManifest')
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
    return { errors, path: new URL(url).pathname, manifest: JSON.parse(data ?? '{}'), installabilityErrors }
  }
  return { page, ask }
}

test.for([
  ['/en/', 'en', 'ltr'],
  ['/fa/', 'fa', 'rtl'],
  ['/sr-Latn/', 'sr-Latn', 'ltr'],
] as const)(
  'Chromium finds nothing wrong with installing %s',
  { timeout: 60_000 },
  async ([path, lang, dir], { skip }) => {
    const { ask } = await installed(skip, path)
    const { errors, installabilityErrors, manifest, path: found } = await ask()
    // A private window, as the tests use, cannot install anything: that is the browser's own.
    expect([errors, installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')]).toEqual([[], []])
    expect(found).toBe(`${path}manifest.webmanifest`)
    expect(manifest).toMatchObject({ lang, dir, start_url: path })
  },
)

test('Chromium installs the discreet variant once the page leads to it, and a newsroom’s own icons', {
  timeout: 60_000,
}, async ({ skip }) => {
  const png = (name: string) => `data:image/png;base64,${readFileSync(`public/icons/${name}.png`).toString('base64')}`
  const NEWSROOM = join(scratchFolder(clean), 'newsroom.json')
  const icons = { 'icon-192': png('neutral-192'), 'icon-512': png('neutral-512') }
  writeFileSync(NEWSROOM, JSON.stringify({ name: 'Own', languages: [{ tag: 'fa' }], icons }))
  const { page, ask } = await installed(skip, '/fa/', { NEWSROOM })
  const first = await ask()
  expect(first.manifest.icons[0].src).toBe('/icons/own/icon-192.png')
  expect([first.errors, first.installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')]).toEqual([
    [],
    [],
  ])
  await page.evaluate(`document.querySelector('link[rel=manifest]').href = '/fa/discreet.webmanifest'`)
  const second = await ask()
  expect([second.errors, second.installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')]).toEqual([
    [],
    [],
  ])
  expect(second.manifest.name).toBe('یادداشت‌ها')
})
