import { getStored, putStored } from '../shared/browser-storage.ts'
import { savedSubscription, sendSubscription } from '../shared/push-subscription.ts'
import { type DeclarativePush, declaredPayload } from './declared-push.ts'
import { notificationOf, pageFor, parsePayload, seenOf, targetOf } from './notification.ts'

declare const self: ServiceWorkerGlobalScope

self.addEventListener('install', () => void self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

// One push after the other: each reads what was seen and writes it again.
let turn = Promise.resolve()

self.addEventListener('push', (event) => {
  turn = turn.then(() => show(event)).catch((error: unknown) => console.error('a push was not shown:', error))
  event.waitUntil(turn)
})

async function show(event: DeclarativePush): Promise<void> {
  const payload = event.data ? parsePayload(event.data.text()) : declaredPayload(event)
  const { show: notification, seen } = notificationOf(payload, seenOf(await getStored('seen')))
  const { title, ...options } = notification
  // Shown first: a full disk must not cost the reader an alert.
  await self.registration.showNotification(title, {
    ...options,
    icon: '/icons/icon-192.png',
    badge: '/icons/badge-96.png',
  } as NotificationOptions)
  await putStored('seen', seen)
  await putStored('last-came', new Date().toISOString())
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(targetOf(event.notification.data?.navigate, self.location.origin)))
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

// Best effort: not every browser fires this, so the page sends its subscription again on every visit too.
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event as PushSubscriptionChangeEvent)))

type PushSubscriptionChangeEvent = ExtendableEvent & {
  readonly oldSubscription?: PushSubscription | null
  readonly newSubscription?: PushSubscription | null
}

async function renew({ oldSubscription, newSubscription }: PushSubscriptionChangeEvent): Promise<void> {
  const saved = await savedSubscription()
  if (saved === null) return
  const address = async () => {
    if (newSubscription) return newSubscription
    const applicationServerKey = oldSubscription?.options.applicationServerKey ?? (await currentKey())
    return self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })
  }
  await sendSubscription(address, saved.preferences)
}

async function currentKey(): Promise<string> {
  const answer = await fetch('/v1/newsroom')
  const { vapidPublicKey } = await answer.json()
  return vapidPublicKey
}
