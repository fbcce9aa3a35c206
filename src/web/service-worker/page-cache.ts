import { fetchWhole } from '../shared/fetch-whole.ts'
import { withTimeout } from '../shared/timeout.ts'
import {
  emptyCopy,
  firstPartsIn,
  isReaderPage,
  offlinePath,
  pageKind,
  partsIn,
  scriptsIn,
  staleCopy,
} from './kept-pages.ts'
import type { Seen } from './notification.ts'

// The pages that can be read without a connection, and the scripts that they need. Nothing of the desk, nothing with a key.

/** Another number where the form changes; the former one is removed. */
const pagesName = 'tocsin-pages-1'
const partsName = 'tocsin-parts-1'
/** The pages of alerts that are kept, besides the newest alerts of each language that was read. */
const alertPagesMax = 50
const frontPagesMax = 10
/** The pages on privacy and on notifications, in each language. */
const textPagesMax = 10
/** How long a script stays that no kept page needs: a page may be open since. */
const partKeptMs = 7 * 24 * 60 * 60_000
/** While servers are replaced by newer ones, the one that is asked may lack what another one has. */
const partTries = 3
const partWaitMs = 1_000
/** How long the request for the page for no connection may take, its body too. */
const offlineMsMax = 30_000
const keptAtHeader = 'x-kept-at'

/** Whether an answer is a page that anybody may have: what is an editor's is never kept (RFC 9111 §5.2.2). */
export function isKeepable(answer: Response): boolean {
  const type = answer.headers.get('content-type') ?? ''
  const caching = answer.headers.get('cache-control') ?? ''
  return isOwn(answer) && type.startsWith('text/html') && /\bpublic\b/.test(caching)
}

/** A network that wants a log-in first answers in the service's name, or leads elsewhere. */
function isOwn({ status, type, redirected }: Response): boolean {
  return status === 200 && type === 'basic' && !redirected
}

function isScript(answer: Response): boolean {
  return /^(?:text|application)\/javascript\b/.test(answer.headers.get('content-type') ?? '')
}

/**
 * Keeps a page with all the scripts that it needs. The scripts come first: when one of them cannot be had, the former copy stays
 * with its own, so that a page never lacks a part.
 */
export async function keepPage(path: string, answer: Response): Promise<void> {
  const html = await answer.text()
  if (!isReaderPage(html)) return
  for (const script of scriptsIn(html)) await keepPart(script, new Set())
  const offline = await keepOffline(offlinePath(path))
  const pages = await caches.open(pagesName)
  const headers = new Headers(answer.headers)
  headers.set(keptAtHeader, new Date().toISOString())
  await pages.put(path, new Response(html, { headers }))
  await trim(pages)
  // What shows an alert in the place of the page for no connection: this page does not wait for it.
  for (const script of scriptsIn(offline)) await keepPart(script, new Set())
  await removeUnused(pages)
}

/** A kept page as it is shown without a connection; null: it is not kept. */
export async function keptPage(path: string, seen: Seen): Promise<Response | null> {
  const pages = await caches.open(pagesName)
  const page = await pages.match(path)
  if (page === undefined) return null
  const keptAt = new Date(page.headers.get(keptAtHeader) ?? 0)
  return copyOf(page, staleCopy(await page.text(), await textOf(pages, offlinePath(path)), keptAt, seen))
}

/** What is shown in the place of a page that is not kept; null: there are no words for it either. */
export async function noPage(path: string, seen: Seen): Promise<Response | null> {
  const pages = await caches.open(pagesName)
  const own = await pages.match(offlinePath(path))
  const last = own ?? (await lastOffline(pages))
  return last === undefined ? null : copyOf(last, emptyCopy(await last.text(), seen, path))
}

/** The front page that was read last: where `/` leads without a connection. */
export async function lastFront(): Promise<string | null> {
  const fronts = (await keptPaths(await caches.open(pagesName))).filter((path) => pageKind(path) === 'front')
  return fronts[fronts.length - 1] ?? null
}

/** The page with the service worker's words in a language; empty: it was not read yet. */
export async function offlinePage(language: string): Promise<string> {
  return textOf(await caches.open(pagesName), offlinePath(`/${language}/`))
}

const loading = new Map<string, Promise<Response>>()

/** A script of a page: the kept one, because its name changes with what is in it, else the server's, which is kept. */
export async function partAt(path: string): Promise<Response> {
  const parts = await caches.open(partsName)
  const kept = await parts.match(path)
  if (kept !== undefined && isScript(kept)) return kept
  const loaded = loading.get(path) ?? loadPart(path, parts).finally(() => loading.delete(path))
  loading.set(path, loaded)
  return (await loaded).clone()
}

async function loadPart(path: string, parts: Cache): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const whole = await fetchPart(path, tries).catch((error: unknown) => {
      if (tries === partTries) throw error
    })
    // The next attempt has a wait of its own.
    if (whole === undefined) continue
    const { answer, text } = whole
    const { status, headers } = answer
    const part = new Response(text, { status, headers })
    if (isOwn(answer) && isScript(answer)) await parts.put(path, part.clone()).catch(() => {})
    if (status !== 404 || tries === partTries) return part
    await new Promise((resolve) => setTimeout(resolve, partWaitMs))
  }
}

/**
 * Over HTTP/2 a further request would go over the connection that has stopped. Browsers keep the connections of requests with
 * and without credentials apart (https://fetch.spec.whatwg.org/#connections), so every second attempt has them.
 */
function fetchPart(path: string, tries: number): ReturnType<typeof fetchWhole> {
  return fetchWhole(path, tries, { credentials: tries % 2 === 1 ? 'omit' : 'same-origin' })
}

async function keepPart(path: string, done: Set<string>): Promise<void> {
  if (done.has(path)) return
  done.add(path)
  for (const other of partsIn(await scriptAt(path))) await keepPart(other, done)
}

async function scriptAt(path: string): Promise<string> {
  const answer = await partAt(path)
  if (answer.status !== 200 || !isScript(answer)) throw new Error(`${path} was answered ${answer.status}`)
  return answer.text()
}

/** Keeps the page for no connection with what its script needs at once; '' where the service has none. */
async function keepOffline(path: string): Promise<string> {
  const pages = await caches.open(pagesName)
  const [answer, html] = await withTimeout(offlineMsMax, async (signal) => {
    const got = await fetch(path, { credentials: 'omit', signal })
    return [got, await got.clone().text()] as const
  })
  // An older server has none: then what is kept is shown without words of ours.
  if (!isKeepable(answer) || !isReaderPage(html)) return ''
  for (const script of firstPartsIn(html)) await scriptAt(script)
  await pages.put(path, answer)
  return html
}

async function trim(pages: Cache): Promise<void> {
  const paths = await keptPaths(pages)
  const tooMany = (kind: ReturnType<typeof pageKind>, max: number) =>
    paths.filter((it) => pageKind(it) === kind).slice(0, -max)
  const all = [...tooMany('front', frontPagesMax), ...tooMany('alert', alertPagesMax), ...tooMany('text', textPagesMax)]
  for (const path of all) await pages.delete(path)
}

async function removeUnused(pages: Cache): Promise<void> {
  const parts = await caches.open(partsName)
  const used = new Set<string>()
  const use = async (path: string): Promise<void> => {
    if (used.has(path)) return
    used.add(path)
    for (const other of partsIn(await textOf(parts, path))) await use(other)
  }
  for (const path of await keptPaths(pages))
    for (const script of scriptsIn(await textOf(pages, path))) await use(script)
  for (const { url } of await parts.keys()) {
    const { pathname } = new URL(url)
    const date = Date.parse((await parts.match(pathname))?.headers.get('date') ?? '')
    if (!used.has(pathname) && !(Date.now() - date < partKeptMs)) await parts.delete(pathname)
  }
}

/** Removes what earlier versions of the service worker kept. */
export async function removeFormer(): Promise<void> {
  const former = (await caches.keys()).filter((name) => /^tocsin-(pages|parts)-/.test(name))
  await Promise.all(
    former.filter((name) => name !== pagesName && name !== partsName).map((name) => caches.delete(name)),
  )
}

/** By when they were kept, the newest last: some browsers leave what is replaced in its former place. */
async function keptPaths(pages: Cache): Promise<readonly string[]> {
  const paths = (await pages.keys()).map(({ url }) => new URL(url).pathname)
  const kept = await Promise.all(paths.map(async (path) => ({ path, at: await keptAtOf(pages, path) })))
  return kept.sort((one, other) => one.at - other.at).map(({ path }) => path)
}

/** In milliseconds since 1970; 0: it is not a page that was read. */
async function keptAtOf(pages: Cache, path: string): Promise<number> {
  return Date.parse((await pages.match(path))?.headers.get(keptAtHeader) ?? '') || 0
}

async function lastOffline(pages: Cache): Promise<Response | undefined> {
  const paths = (await keptPaths(pages)).filter((path) => pageKind(path) === null)
  const last = paths[paths.length - 1]
  return last === undefined ? undefined : pages.match(last)
}

async function textOf(cache: Cache, path: string): Promise<string> {
  return (await (await cache.match(path))?.text()) ?? ''
}

function copyOf({ headers }: Response, html: string): Response {
  return new Response(html, { headers })
}
