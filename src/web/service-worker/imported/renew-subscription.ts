import { savedSubscription, sendSubscription } from '../../shared/push-subscription.ts'

// A script of its own, which the readers' service worker imports: each is small enough for a network that lets only some kilobytes of a
// connection pass.

declare const self: ServiceWorkerGlobalScope

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
