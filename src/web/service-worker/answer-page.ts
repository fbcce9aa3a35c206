import { getStored } from '../shared/browser-storage.ts'
import { clearUnread } from './badge.ts'
import { pageKind } from './kept-pages.ts'
import { type Seen, seenOf } from './notification.ts'
import { isKeepable, keepPage, keptPage, lastFront, noPage } from './page-cache.ts'

/** How long the network is waited for where a copy is kept. */
const answerMsMax = 5_000

/** A page from the network, which is kept; without a connection, or when that is too slow, the kept copy, which says so. */
export function answerPage(event: FetchEvent): void {
  const { request } = event
  const { pathname, search } = new URL(request.url)
  // The browser's own cache may give a page of a minute ago, without a connection too, and nothing would say so.
  const answer = fetch(request, { cache: 'no-cache' })
  // The browser shows its own page then. A rejection would also be an uncaught error of the worker.
  event.respondWith(answerOf(pathname, answer).catch(() => Response.error()))
  event.waitUntil(clearUnread().catch(() => {}))
  // A choice in the address shows only a part of the alerts: that is not the front page.
  if (search !== '') return void event.waitUntil(answer.catch(() => {}))
  const kept = answer.then((it) => (isKeepable(it) ? keepPage(pathname, it.clone()) : undefined))
  event.waitUntil(kept.catch((error: unknown) => console.warn('a page was not kept:', error)))
}

async function answerOf(path: string, answer: Promise<Response>): Promise<Response> {
  const seen = seenOf(await getStored('seen'))
  const kept = await keptPage(path, seen).catch(() => null)
  if (kept === null)
    return answer.catch(async (error: unknown) => (await otherPage(path, seen)) ?? Promise.reject(error))
  const first = await Promise.race([answer.catch(() => null), none(answerMsMax)])
  // A server that is in trouble, or has no time for this reader, has no newer page.
  return first === null || first.status === 429 || first.status >= 500 ? kept : first
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
    // Not what the browser's own cache has: that may be as old as the page.
    const answer = await fetch(path, { credentials: 'omit', cache: 'no-cache' })
    if (isKeepable(answer)) await keepPage(path, answer)
  }
}

function none(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms))
}
