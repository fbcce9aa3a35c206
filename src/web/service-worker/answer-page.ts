import { deleteStored, getStored } from '../shared/browser-storage.ts'
import { clearUnread } from './badge.ts'
import { isTold, pageKind } from './kept-pages.ts'
import { type Seen, seenOf } from './notification.ts'
import { isKeepable, keepPage, keptPage, lastFront, noPage } from './page-cache.ts'
import { type AskedPage, askForPage, type WholePage } from './whole-page.ts'

/** How long the network is waited for where a copy is kept. */
const answerMsMax = 5_000
/** How long a page may take in all, though nobody may wait for it any more. */
const pageMsMax = 60_000

/**
 * Requests that no page waits for, by address; what they bring is kept for the next visit. Chromium lets a request wait up to
 * 20 s for another one of its address, so the next visit ends them: the network may be back while they hang.
 */
const unattended = new Map<string, AbortController>()

/** A page from the network, which is kept; without a connection, or when that is too slow, the kept copy, which says so. */
export function answerPage(event: FetchEvent): void {
  const { request } = event
  const { pathname, search, searchParams } = new URL(request.url)
  const address = `${pathname}${search}`
  const abort = new AbortController()
  unattended.get(address)?.abort()
  const asked = askForPage((tried, signal) => fetchPage(request, tried, signal), abort)
  const leave = () => void unattended.set(address, abort)
  // The browser shows its own page then. A rejection would also be an uncaught error of the worker.
  event.respondWith(answerOf(pathname, searchParams.get('before'), asked, leave).catch(() => Response.error()))
  event.waitUntil(clearUnread().catch(() => {}))
  event.waitUntil(
    ended(address, abort, asked, async ({ head, page }) => {
      // The service is back: what mirrors had may be out of date from here on (`src/web/reader/away/kept-mirror-news.ts`).
      if (isKeepable(head)) await deleteStored('mirror-news').catch(() => {})
      // A choice in the address shows only a part of the alerts: that is not the front page.
      if (search === '' && isKeepable(head)) await keepPage(pathname, page.clone())
    }),
  )
}

/** The browser's own cache may give a page of a minute ago, without a connection too, and nothing would say so. */
function fetchPage(request: Request, tried: number, signal: AbortSignal): Promise<Response> {
  const cache = 'no-cache'
  return tried === 1
    ? fetch(request, { cache, signal })
    : fetch(request.url, { cache, signal, credentials: 'omit', redirect: 'manual' })
}

/** Has what a request brings kept, and ends the request when that takes too long. */
async function ended(
  address: string,
  abort: AbortController,
  { whole }: AskedPage,
  keep: (answer: WholePage) => Promise<void>,
): Promise<void> {
  const timer = setTimeout(() => abort.abort(), pageMsMax)
  try {
    await keep(await whole)
  } catch (error) {
    console.warn('a page was not kept:', error)
  } finally {
    clearTimeout(timer)
    if (unattended.get(address) === abort) unattended.delete(address)
  }
}

/**
 * `before`: where the page of older alerts begins that is asked for, if any. Of those no copy is kept, and the newest alerts in
 * their place would lead to themselves. `leave`: the page is answered without the network.
 */
async function answerOf(
  path: string,
  before: string | null,
  { head, first, whole }: AskedPage,
  leave: () => void,
): Promise<Response> {
  const seen = seenOf(await getStored('seen'))
  const kept = before ? null : await copyFor(path, seen).catch(() => null)
  if (kept === null)
    return whole.then(
      ({ page }) => page.clone(),
      async (error: unknown) => (await otherPage(path, seen)) ?? Promise.reject(error),
    )
  const begun = await Promise.race([head.catch(() => null), none(answerMsMax)])
  // A server that is in trouble, or has no time for this reader, has no newer page.
  if (begun !== null && (begun.status === 429 || begun.status >= 500)) return kept
  // One that stops on the way is asked for again, for the next visit: the copy is there now.
  const came = begun === null ? null : await first.catch(() => null)
  if (came !== null) return came.page.clone()
  leave()
  return kept
}

/** What is kept of a page: its copy, else what a push said of the alert that it is of, or a page that asks the mirrors for it. */
async function copyFor(path: string, seen: Seen): Promise<Response | null> {
  const kept = await keptPage(path, seen)
  if (kept !== null) return kept
  const canAsk = pageKind(path) === 'alert' && (isTold(path, seen) || (await hasMirrors()))
  return canAsk ? noPage(path, seen) : null
}

async function hasMirrors(): Promise<boolean> {
  const { urls } = Object(await getStored('mirrors')) as { readonly urls?: unknown }
  return Array.isArray(urls) && urls.length > 0
}

/** Without a copy: `/` leads to the language that was read last, and any other page is one that says what is missing. */
async function otherPage(path: string, seen: Seen): Promise<Response | null> {
  const front = path === '/' ? await lastFront() : null
  return front === null ? noPage(path, seen) : Response.redirect(front)
}

/** Reads pages anew that are open: what came to them since they were opened is not in their copies. */
export async function keepOpenPages(open: readonly { readonly url: string }[]): Promise<void> {
  const addresses = open.map(({ url }) => new URL(url))
  const paths = addresses.filter(({ search, pathname }) => search === '' && pageKind(pathname) !== null)
  for (const path of new Set(paths.map(({ pathname }) => pathname))) {
    const abort = new AbortController()
    unattended.get(path)?.abort()
    unattended.set(path, abort)
    // Not what the browser's own cache has: that may be as old as the page.
    const ask = (_: number, signal: AbortSignal) => fetch(path, { credentials: 'omit', cache: 'no-cache', signal })
    await ended(path, abort, askForPage(ask, abort), async ({ head, page }) => {
      if (isKeepable(head)) await keepPage(path, page)
    })
  }
}

function none(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms))
}
