import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
// wrangler's own way to run workerd; it comes with it.
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { expect, test } from 'vitest'
import { negotiated } from '../../support/http/negotiated.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

/** Of these languages, what a header leads to. The first is what is shown where nothing fits. */
const cases: readonly (readonly [offered: string, header: string, expected: string])[] = [
  ['en zh-Hans zh-Hant', 'zh-TW', 'zh-Hant'],
  ['en zh-Hans zh-Hant', 'zh-HK,zh;q=0.9,en;q=0.8', 'zh-Hant'],
  ['en zh-Hant zh-Hans', 'zh-CN', 'zh-Hans'],
  ['en zh-Hant zh-Hans', 'zh', 'zh-Hans'],
  ['en zh zh-Hant', 'zh-MO', 'zh-Hant'],
  ['en zh-Hant zh', 'zh-SG', 'zh'],
  ['en zh-Hant', 'zh', 'zh-Hant'],
  ['en zh-Hans zh-Hant', 'zh-cmn-Hant', 'zh-Hant'],
  ['en zh-TW', 'zh-Hant', 'zh-TW'],
  ['en zh-Hans', 'zh-Hant, fr', 'en'],
  ['en sr-Latn', 'sr', 'sr-Latn'],
  ['en sr-Latn', 'sr-RS', 'sr-Latn'],
  ['en sr-Cyrl sr-Latn', 'sr', 'sr-Cyrl'],
  ['en sr-Latn sr-Cyrl', 'sr-RS', 'sr-Cyrl'],
  ['en sr sr-Latn', 'sr-ME', 'sr-Latn'],
  ['en sr sr-Latn', 'sh', 'sr-Latn'],
  ['en sr sr-Latn', 'sr-Cyrl-BA', 'sr'],
  ['en sr-Latn', 'sr-Cyrl, en;q=0.5', 'en'],
  ['en uz uz-Arab', 'uz-AF', 'uz-Arab'],
  ['en uz', 'uz-AF', 'uz'],
  ['en uz', 'uz-Cyrl', 'uz'],
  ['en az-Cyrl az', 'az-AZ', 'az'],
  ['en nb', 'no', 'nb'],
  ['en no', 'nb-NO', 'no'],
  ['en no', 'no-NO', 'no'],
  ['en nn', 'no', 'en'],
  ['en he', 'iw', 'he'],
  ['en he', 'iw-IL', 'he'],
  ['en id', 'in-ID', 'id'],
  ['en yi', 'ji', 'yi'],
  ['en ro', 'mo', 'ro'],
  ['en iw', 'he', 'iw'],
  ['en fa prs', 'fa-AF', 'prs'],
  ['en prs fa', 'fa', 'fa'],
  ['en fa', 'prs', 'fa'],
  ['en pt-BR', 'pt-PT', 'pt-BR'],
  ['en my', 'my_MM', 'my'],
  ['en crh', 'crh-UA', 'crh'],
  ['en crh', 'crh-Latn', 'crh'],
  // A language is not guessed from a country, nor one from another that is near to it.
  ['en fa', 'ps-IR', 'en'],
  ['en ru', 'und-RU', 'en'],
  ['en ru', 'uk-RU, be-RU', 'en'],
  ['en bs', 'hr', 'en'],
  // The order is the reader's.
  ['en zh-Hans sr-Latn', 'sr;q=0.4, zh-TW;q=0.9', 'zh-Hans'],
  ['en zh-Hans', 'zh-Hans;q=0, en-GB', 'en'],
  ['en fa', 'en;q=0', 'fa'],
  ['en fa', 'en;q=0, fa;q=0', 'en'],
  ['en fa', '*;q=0', 'en'],
  ['en fa', 'en-GB;q=0', 'en'],
  ['en fa', '*', 'en'],
  ['en fa', '', 'en'],
  ['en fa', 'zz-🐈, -, x-y, i-klingon, fa;q=0.1', 'fa'],
]

test.each(cases)('of %s, %s leads to %s', (offered, header, expected) => {
  expect(negotiated(offered, header)).toBe(expected)
})

test('workerd has the same data of scripts', async () => {
  const contents = `import { negotiated } from './negotiated.ts'
const cases = ${JSON.stringify(cases)}
export default {
  fetch: () => Response.json(cases.map(([offered, header]) => [offered, header, negotiated(offered, header)])),
}`
  const resolveDir = fileURLToPath(new URL('../../support/http', import.meta.url))
  const { outputFiles } = await build({ stdin: { contents, resolveDir }, format: 'esm', bundle: true, write: false })
  const script = outputFiles[0]?.text ?? ''
  const worker = new Miniflare(convertV4MiniflareOptions({ modules: true, script, compatibilityDate: '2026-01-01' }))
  clean(() => worker.dispose())
  const answer = await worker.dispatchFetch('http://worker/')
  expect(await answer.json()).toEqual(cases)
})
