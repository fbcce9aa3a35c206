import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
// wrangler's own way to run workerd; it comes with it.
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { launch } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { tableTags } from '../../src/locales/cldr/tables.ts'
import { browserPath, launchChromium } from '../support/browser/browsers.ts'
import { cleaning } from '../support/scratch.ts'

// What golden.test.ts holds in Node holds in the other engines: workerd, Chromium and Firefox.

const clean = cleaning()
const golden = Object.fromEntries(
  tableTags.map((tag) => [tag, JSON.parse(readFileSync(new URL(`golden/${tag}.json`, import.meta.url), 'utf8'))]),
)

/** A script that has `all`: what is written in every language. `last`: what it does with it. */
async function scriptThat(last: string, format: 'esm' | 'iife'): Promise<string> {
  const contents = `import { goldenTexts } from './golden-texts.ts'
const all = () => Object.fromEntries(${JSON.stringify(tableTags)}.map((tag) => [tag, goldenTexts(tag)]))
${last}`
  const resolveDir = fileURLToPath(new URL('../support/locales', import.meta.url))
  const { outputFiles } = await build({ stdin: { contents, resolveDir }, format, bundle: true, write: false })
  return outputFiles[0]?.text ?? ''
}

test('workerd writes every language as its golden file has it', async () => {
  const script = await scriptThat('export default { fetch: () => Response.json(all()) }', 'esm')
  const worker = new Miniflare(convertV4MiniflareOptions({ modules: true, script, compatibilityDate: '2026-01-01' }))
  clean(() => worker.dispose())
  const answer = await worker.dispatchFetch('http://worker/')
  expect(await answer.json()).toEqual(golden)
})

test.for(['chromium', 'firefox'] as const)(
  '%s writes every language as its golden file has it',
  async (name, { skip }) => {
    const executablePath = browserPath(name, skip)
    const browser =
      name === 'chromium'
        ? await launchChromium(executablePath)
        : await launch({ browser: 'firefox', executablePath, headless: true })
    clean(() => browser.close())
    const page = await browser.newPage()
    await page.evaluate(await scriptThat('globalThis.golden = JSON.stringify(all())', 'iife'))
    expect(JSON.parse(String(await page.evaluate('globalThis.golden')))).toEqual(golden)
  },
)
