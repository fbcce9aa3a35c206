import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { mirrorListFault } from '../../../src/domain/parsing/mirror-url.ts'
import { manyLanguages, newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'

// What a reader on a network that lets only some kilobytes of each connection pass has to load: bytes as they are sent, in the
// coding that takes more; for the whole in Brotli, which every supported browser takes over https, and in gzip besides. Raise a number only with a reason that such a reader would accept.

/** The page with its style: complete and readable by itself. */
const firstViewMax = 10_000
/** The page and every part of its script that is loaded without a tap: 25 KiB. */
const wholeMax = 25_600
const wholeGzipMax = 28_050
const scriptMax = 8_000
/**
 * What the first news adds that comes to an open page: it is shown only once it is verified. That is no part of the first view, which
 * the page is without it: most visits end before something comes, and from the second on the service worker has kept it. Some 450 bytes
 * of it remember each version, so that what was retracted does not come back as true.
 */
const checkMax = 5_400
/**
 * An alert's own page: with the markup and words in which it shows a newer version of the alert, so that it takes nothing but signed
 * entries from a network that may change what it asks for.
 */
const alertPageMax = 8_100

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
const drafts = Array.from({ length: 10 }, (_, nth) => {
  const text = (tag: string) => {
    const said = words[tag] ?? 'Witnesses say that the United Nations monitors have left the valley'
    return {
      headline: `${said}, ${nth}`,
      summary: `${said}. ${nth * 7} ${said}.`,
      url: `https://news.example/${tag}/${nth}`,
    }
  }
  const texts = Object.fromEntries(manyLanguages.map((tag) => [tag, text(tag)]))
  return { level: 'urgent', topics: ['rights'], texts }
})
const ids = drafts.map((draft) => deps.publish(draft))
/**
 * Parts that only a tap loads: on the button that turns notifications on, on the help, on the form of the device's choices, on the list of languages, on the form of the choice. Who has
 * tapped has them for good, since their names say what is in them. `refilling` is also loaded where a choice was remembered, by the
 * tap of an earlier visit, and where a stream cannot go on; `while-away` when the stream stays away, which the service worker has
 * stored by then, or which is loaded with `page-mirrors` in advance, where there is no service worker and the newsroom has mirrors;
 * `with-mirrors`, once the page stands, where the newsroom has mirrors;
 * `until-verified` and `list-check` from the second visit on, when the service worker has stored them;
 * `page-news-check` with the first news (`checkMax`), the other two where that is not genuine or the browser has no Ed25519.
 */
const atNeed =
  /^(?:subscriber-panel|push-help|ways-out|device-form|language-menu|while-away|with-mirrors|page-mirrors|refilling|list-check|until-verified|page-news-check|unverified-notice|ed25519)-/
const scriptsOf = (html: string, wanted: (name: string) => boolean = () => true): readonly string[] => {
  const found = new Set<string>()
  const look = (path: string) => {
    if (found.has(path)) return
    found.add(path)
    const text = readFileSync(join(assets, path), 'utf8')
    for (const [, name] of text.matchAll(/(?:from|import\(?)\s*"\.\/([^"]*)"/g))
      if (wanted(String(name))) look(`/assets/immutable/${name}`)
  }
  for (const [, paths = ''] of html.matchAll(/<script data-parts="([^"]*)"/g)) paths.split(' ').forEach(look)
  return [...found]
}

/** What a service sends of scripts over https. */
function brotliSize(paths: readonly string[]): number {
  const built = paths.map((path) => join(assets, path)).map((file) => (existsSync(`${file}.br`) ? `${file}.br` : file))
  return built.reduce((sum, file) => sum + statSync(file).size, 0)
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
  expect(brotliSize(scripts) + brotliCompressSync(html, { params }).byteLength).toBeLessThanOrEqual(wholeMax)
  const withNews = scriptsOf(html, (name) => !atNeed.test(name) || name.startsWith('page-news-check-'))
  expect(withNews.length).toBeGreaterThan(scripts.length)
  expect(brotliSize(withNews) - brotliSize(scripts)).toBeLessThanOrEqual(checkMax)
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

test.each(manyLanguages)('the page in %s is small with the longest list of mirrors too', async (tag) => {
  const mirrors = Array.from({ length: 8 }, (_, nth) => {
    // What no compression makes shorter.
    const name = createHash('sha256').update(`${nth}`).digest('hex').slice(0, 55)
    return `https://${name}.example/t/`
  })
  expect(mirrorListFault(mirrors)).toBeNull()
  expect(mirrors.join('').length).toBeGreaterThan(580)
  const withMirrors = pagesDeps({ ...newsroomOfPages, mirrors })
  for (const draft of drafts) withMirrors.publish(draft)
  const html = await (await withMirrors.get(`/${tag}/`)).text()
  expect(html).toContain(' data-mirrors>')
  expect(sent(html)).toBeLessThanOrEqual(firstViewMax)
})
