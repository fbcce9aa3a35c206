import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { manyLanguages, newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'

// What a reader on a network that lets only some kilobytes of each connection pass has to load: bytes as they are sent, in the
// coding that takes more; for the whole in Brotli, which every supported browser takes over https, and in gzip besides. Raise a number only with a reason that such a reader would accept.

/** The page with its style: complete and readable by itself. */
const firstViewMax = 10_000
/** The page and every part of its script that is loaded without a tap. */
const wholeMax = 25_000
const wholeGzipMax = 28_000
const scriptMax = 8_000
/** An alert's own page. */
const alertPageMax = 8_000

const assets = join(import.meta.dirname, '../../../public')
const params = { [constants.BROTLI_PARAM_QUALITY]: 7 }
const sent = (text: string | Uint8Array) =>
  Math.max(brotliCompressSync(text, { params }).byteLength, gzipSync(text).byteLength)

/** A page as on a busy day: ten alerts, in every language, each with a summary, a story and a topic. */
const deps = pagesDeps(newsroomOfPages)
const words: Readonly<Record<string, string>> = {
  fa: 'شاهدان می‌گویند که ناظران سازمان ملل دره را ترک کرده‌اند',
  ru: 'По словам очевидцев, наблюдатели ООН покинули долину',
  ka: 'თვითმხილველების თქმით, გაეროს დამკვირვებლებმა ხეობა დატოვეს',
}
const ids = Array.from({ length: 10 }, (_, nth) => {
  const text = (tag: string) => {
    const said = words[tag] ?? 'Witnesses say that the United Nations monitors have left the valley'
    return {
      headline: `${said}, ${nth}`,
      summary: `${said}. ${nth * 7} ${said}.`,
      url: `https://news.example/${tag}/${nth}`,
    }
  }
  const texts = Object.fromEntries(manyLanguages.map((tag) => [tag, text(tag)]))
  return deps.publish({ level: 'urgent', topics: ['rights'], texts })
})
/**
 * Parts that only a tap loads: on the button that turns notifications on, on the help, on the form of the device's choices. Who has
 * tapped has them for good, since their names say what is in them.
 */
const atNeed = /^(?:subscriber-panel|push-help|ways-out|device-form)-/
const scriptsOf = (html: string, wanted: (name: string) => boolean = () => true): readonly string[] => {
  const found = new Set<string>()
  const look = (path: string) => {
    if (found.has(path)) return
    found.add(path)
    const text = readFileSync(join(assets, path), 'utf8')
    for (const [, name] of text.matchAll(/(?:from|import\(?)\s*"\.\/([^"]*)"/g))
      if (wanted(String(name))) look(`/assets/immutable/${name}`)
  }
  for (const [, path = ''] of html.matchAll(/<script[^>]* src="([^"]*)"/g)) look(path)
  return [...found]
}

test.each(manyLanguages)('the page in %s and its script are small enough for the slowest network', async (tag) => {
  const html = await (await deps.get(`/${tag}/`)).text()
  expect(sent(html)).toBeLessThanOrEqual(firstViewMax)
  const all = scriptsOf(html)
  const sizeOf = (path: string) => sent(readFileSync(join(assets, path)))
  expect(Math.max(...all.map(sizeOf))).toBeLessThanOrEqual(scriptMax)
  const scripts = scriptsOf(html, (name) => !atNeed.test(name))
  expect(scripts.length).toBeGreaterThan(3)
  expect(all.length - scripts.length, 'what a tap loads is there').toBeGreaterThanOrEqual(3)
  const sizes = scripts.map(sizeOf)
  expect(sizes.reduce((sum, size) => sum + size, sent(html))).toBeLessThanOrEqual(wholeGzipMax)
  const built = scripts
    .map((path) => join(assets, path))
    .map((file) => (existsSync(`${file}.br`) ? `${file}.br` : file))
  const asBrotli = built.reduce(
    (sum, file) => sum + statSync(file).size,
    brotliCompressSync(html, { params }).byteLength,
  )
  expect(asBrotli).toBeLessThanOrEqual(wholeMax)
  // Nothing else is needed for it: no other style sheet, no font, no picture but the icon that browsers ask for later.
  expect(html).not.toMatch(/<link rel="stylesheet"|@import|<img/)
})

test.each(manyLanguages)('the help with notifications in %s is one small page', async (tag) => {
  const html = await (await deps.get(`/${tag}/notifications`)).text()
  expect(sent(html)).toBeLessThanOrEqual(firstViewMax)
  // Only what hides the page where the reader has chosen so.
  expect(scriptsOf(html)).toEqual([expect.stringMatching(/plain-script/)])
})

test.each(manyLanguages)('an alert’s page in %s is small as well', async (tag) => {
  const html = await (await deps.get(`/${tag}/alerts/${ids[0]}`)).text()
  expect(sent(html)).toBeLessThanOrEqual(alertPageMax)
})

test('the service worker is one small script', () => {
  expect(globSync('assets/service-worker.js', { cwd: assets })).toHaveLength(1)
  expect(sent(readFileSync(join(assets, 'assets/service-worker.js')))).toBeLessThanOrEqual(scriptMax)
})
