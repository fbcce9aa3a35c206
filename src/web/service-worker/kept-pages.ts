import type { Seen } from './notification.ts'

// Readers' pages as text, for reading without a connection. A service worker has no DOM, and our own server wrote them.

/** What is kept: the newest alerts in a language, one alert, or a page that only explains. Null: anything else, which the service worker leaves alone. */
export function pageKind(path: string): 'front' | 'alert' | 'text' | null {
  const [, first = '', rest] =
    /^\/([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\/(alerts\/[\w-]{1,100}|privacy|notifications)?$/.exec(path) ?? []
  // These look like languages. The desk's pages are an editor's, and never kept.
  if (first === '' || ['assets', 'desk', 'feeds', 'icons'].includes(first.toLowerCase())) return null
  if (rest === undefined) return 'front'
  return rest.startsWith('alerts') ? 'alert' : 'text'
}

/** Whether a page is one of ours for readers: what a network puts in its place is not. */
export function isReaderPage(html: string): boolean {
  return /<main id="main"/.test(html) && html.includes(' href="#main"')
}

/** The page of a language that says what is missing without a connection, and has the service worker's words. */
export function offlinePath(path: string): string {
  return `/${path.split('/')[1] ?? ''}/offline`
}

const part = '/assets/immutable/'

/** The script that a page begins with; `src`: of pages that a former version has written. */
export function scriptsIn(html: string): readonly string[] {
  return [...html.matchAll(/<script[^>]* (?:data-parts|src)="(\/assets\/immutable\/[\w-]+\.js)/g)].map(
    ([, path = '']) => path,
  )
}

/** The script that a page begins with, and what has to be there before that runs. */
export function firstPartsIn(html: string): readonly string[] {
  return /<script data-parts="([^"]*)"/.exec(html)?.[1]?.split(' ') ?? []
}

/** The scripts that a script loads, now or later. Their names have a hash, so nothing else looks like one. Pages with a worker never load `page-mirrors`. */
export function partsIn(script: string): readonly string[] {
  return [...script.matchAll(/["'`]\.\/((?!page-mirrors-)[\w-]+-[A-Z0-9]{8}\.js)["'`]/g)].map(
    ([, name = '']) => `${part}${name}`,
  )
}

/** Whether an address is a script that pages may need after the server has a newer one. */
export function isPart(path: string): boolean {
  return path.startsWith(part)
}

/** The service worker's own words, from the page of `offlinePath`. */
export function wordIn(offline: string, name: string): string {
  const found = new RegExp(` data-${name}="([^"]*)"`).exec(offline)?.[1] ?? ''
  return found.replace(/&(?:quot|#39|lt|gt|amp);/g, (entity) => characters[entity] ?? entity)
}

const characters: Readonly<Record<string, string>> = {
  ...{ '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' },
}

/**
 * A kept page, with the words above it that say from when it is, and with what came by push since: an alert that was
 * corrected or retracted meanwhile does not stand there as if it were true.
 */
export function staleCopy(page: string, offline: string, keptAt: Date, seen: Seen): string {
  const news = seen.filter((it) => isReadable(it) && isNewer(page, it.id, it.version, it.shown.timestamp, keptAt))
  const current = news.reduce((text, { id }) => withoutCard(text, id), page)
  const words = wordIn(offline, 'kept').replace('<time></time>', timeOf(keptAt))
  return withTop(current, `${words}\n${listOf(news)}`)
}

/** The page for what was never kept, with all that came by push: first the alert that was asked for. */
export function emptyCopy(offline: string, seen: Seen, path: string): string {
  const news = seen.filter(isReadable)
  const isAsked = (it: Seen[number]) => isTold(path, [it])
  return withTop(offline, listOf([...news.filter(isAsked), ...news.filter((it) => !isAsked(it))]))
}

/** Whether a push has brought what stands on an alert's page. */
export function isTold(path: string, seen: Seen): boolean {
  return seen.some((it) => isReadable(it) && pathOf(it.shown.data.navigate) === path)
}

function withTop(page: string, markup: string): string {
  return page.replace(/<main id="main"[^>]*>/, (tag) => `${tag}\n<div id="kept">${markup}</div>`)
}

function isReadable({ id, shown }: Seen[number]): boolean {
  // What was shown discreetly has no language, and nothing to read.
  return /^[\w-]{1,100}$/.test(id) && shown.lang !== ''
}

function isNewer(page: string, id: string, version: number, timestamp: number | undefined, keptAt: Date): boolean {
  const card = new RegExp(`data-id="${id}" data-version="(\\d+)"`).exec(page)
  if (card !== null) return Number(card[1]) < version
  // The page of another alert.
  if (!page.includes(' id="alerts"')) return false
  return (timestamp ?? 0) > keptAt.getTime()
}

function withoutCard(page: string, id: string): string {
  return page.replace(new RegExp(`<li><article[^>]* data-id="${id}"[\\s\\S]*?</article>\\s*</li>`), '')
}

/** The page's script writes the time as the language does; without it these are the device's hours and minutes. */
function timeOf(at: Date): string {
  const [hours, minutes] = [at.getHours(), at.getMinutes()].map((it) => String(it).padStart(2, '0'))
  return `<time datetime="${at.toISOString()}">${hours}:${minutes}</time>`
}

function listOf(news: Seen): string {
  if (news.length === 0) return ''
  return `<ul class="kept steps">${news.map(({ shown }) => lineOf(shown)).join('\n')}</ul>`
}

function lineOf({ title, body, lang, dir, data }: Seen[number]['shown']): string {
  const path = pathOf(data.navigate)
  const more = body === '' ? '' : `<p>${escaped(body)}</p>`
  return `<li lang="${escaped(lang)}" dir="${dir}"><strong>${path === '' ? escaped(title) : `<a href="${escaped(path)}">${escaped(title)}</a>`}</strong>${more}</li>`
}

function pathOf(navigate: string): string {
  const path = /^https?:\/\/[^/]+(\/.*)$/.exec(navigate)?.[1] ?? navigate
  return pageKind(path) === null ? '' : path
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
