import { type DeclarativePush, declaredPayload } from './declared-push.ts'
import { deskTarget } from './desk-target.ts'
import { notificationOf, parsePayload } from './notification.ts'

declare const self: ServiceWorkerGlobalScope

// For editors who are told in their own browser what waits for them. Its scope is the desk alone, so that an editor who reads
// the alerts in the same browser has two subscriptions, each of which ends by itself.

self.addEventListener('install', () => void self.skipWaiting())

self.addEventListener('push', (event) => event.waitUntil(show(event)))

async function show(event: DeclarativePush): Promise<void> {
  const payload = event.data ? parsePayload(event.data.text()) : declaredPayload(event)
  const { title, ...options } = notificationOf(payload, []).show
  await self.registration.showNotification(title, {
    ...options,
    // The same item waits once more: that is heard too.
    renotify: true,
    icon: '/icons/icon-192.png',
    badge: '/icons/badge-96.png',
  } as NotificationOptions)
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(deskTarget(event.notification.data?.navigate, self.location.origin)))
})

/** An open desk is never navigated, because an editor may be writing in it: it is told what to show. */
async function open(target: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const desk = pages.find(({ url }) => new URL(url).pathname === '/desk')
  if (desk === undefined) return void (await self.clients.openWindow(target))
  desk.postMessage({ show: new URL(target).hash })
  await desk.focus().catch(() => {})
}
