import { answerPage, keepOpenPages } from './answer-page.ts'
import { clearUnread } from './badge.ts'
import type { DeclarativePush } from './declared-push.ts'
import { isPart, pageKind } from './kept-pages.ts'
import { pageFor, targetOf } from './notification.ts'
import { partAt, removeFormer } from './page-cache.ts'
import type { PushCheck } from './push-check.ts'
import { muteAction, muteToday, showPush } from './show-push.ts'

declare const self: ServiceWorkerGlobalScope & { readonly tocsinPushCheck: PushCheck }

importScripts('/assets/push-check.js', '/assets/mirrors.js', '/assets/renew-subscription.js')

self.addEventListener('install', () => void self.skipWaiting())
self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([self.clients.claim(), removeFormer()]))
  // The page that brought this worker was loaded without it. Not waited for: until a worker is active it answers no page.
  void keepShown().catch(() => {})
  void self.tocsinPushCheck.pinFirst()
})

// One push after the other: each reads what was seen and writes it again.
let turn = Promise.resolve()

self.addEventListener('push', (event) => {
  turn = turn
    .then(() => showPush(event as DeclarativePush, self.tocsinPushCheck))
    .catch((error: unknown) => console.error('a push was not shown:', error))
  event.waitUntil(turn)
})

self.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request
  const { origin, pathname } = new URL(url)
  if (method !== 'GET' || origin !== self.location.origin) return
  if (isPart(pathname)) event.respondWith(partAt(pathname).catch(() => Response.error()))
  else if (mode === 'navigate' && (['/', '/privacy'].includes(pathname) || pageKind(pathname) !== null))
    answerPage(event)
  if (mode === 'navigate') event.waitUntil(self.tocsinPushCheck.pinFirst())
})

// A page says when the reader looks at it, and when no more.
self.addEventListener('message', (event) => {
  if (event.data === 'visible') event.waitUntil(Promise.all([clearUnread(), self.tocsinPushCheck.pinFirst()]))
  if (event.data === 'hidden' && event.source instanceof WindowClient)
    event.waitUntil(keepOpenPages([event.source]).catch(() => {}))
})

async function keepShown(): Promise<void> {
  await keepOpenPages(await self.clients.matchAll({ type: 'window', includeUncontrolled: true }))
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  if (event.action === muteAction) return event.waitUntil(muteToday())
  const target = targetOf(event.notification.data?.navigate, self.location.origin)
  event.waitUntil(Promise.all([open(target), clearUnread().catch(() => {})]))
})

async function open(target: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const page = pages[pageFor(target, pages)]
  try {
    if (page === undefined) throw new Error('no page of ours is open')
    const focused = await page.focus()
    if (focused.url !== target) await focused.navigate(target)
  } catch {
    await self.clients.openWindow(target)
  }
}
