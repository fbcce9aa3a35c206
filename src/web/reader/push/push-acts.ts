import { deleteStored, getStored, putStored } from '../../shared/browser-storage.ts'
import type { Preferences } from '../../shared/preferences.ts'
import {
  finishLeaving,
  Refusal,
  removeSubscription,
  requestTest,
  type Saved,
  savedSubscription,
  sendSubscription,
  type Tested,
} from '../../shared/push-subscription.ts'
import { bytesOf, pushStep } from '../push-step.ts'
import { addressFor } from './address-for-key.ts'

/** Kept while the browser still has an address that the reader has left. */
const addressLeft = 'subscription-address-left'

/** What is so when a reader who has allowed notifications opens the page. */
export async function standing(
  vapidPublicKey: string,
): Promise<{ readonly step: ReturnType<typeof pushStep>; readonly saved: Saved | null }> {
  const registration = await navigator.serviceWorker.getRegistration('/')
  const address = (await registration?.pushManager.getSubscription()) ?? null
  const saved = await savedSubscription()
  const step = pushStep({
    permission: Notification.permission,
    address: address && { key: address.options.applicationServerKey },
    newsroomKey: bytesOf(vapidPublicKey),
    isSaved: saved !== null,
  })
  return { step, saved }
}

/**
 * Subscribes, after the browser was asked. Null: the reader has left meanwhile. Rejects with what `troubleOf` reads. `onAddress`: the
 * browser's push service has given an address.
 */
export async function subscribe(
  vapidPublicKey: string,
  preferences: Preferences,
  onAddress: () => void,
): Promise<Saved | null> {
  // Without a connection it could not be registered when the page was opened.
  await navigator.serviceWorker.register('/assets/service-worker.js', { scope: '/' })
  await deleteStored(addressLeft).catch(() => {})
  return change(vapidPublicKey, preferences, onAddress).catch(async (error) => {
    // An address that the server does not know would show "on" and bring nothing.
    await dropAddress().catch(() => {})
    throw error
  })
}

/**
 * Sends the address and what the reader wants to the server again. Where the server has that address with other keys, which
 * only somebody else can have told it, the browser makes a new address: nothing that is sent to the former one can be read.
 */
export async function change(
  vapidPublicKey: string,
  preferences: Preferences,
  onAddress: () => void = () => {},
): Promise<Saved | null> {
  const send = () =>
    sendSubscription(async () => {
      const { pushManager } = await navigator.serviceWorker.ready
      const address = await addressFor(pushManager, bytesOf(vapidPublicKey))
      onAddress()
      return address
    }, preferences)
  return send().catch(async (error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== 'endpoint-taken') throw error
    await dropAddress()
    return send()
  })
}

/** Takes away every notification that is on the screen. */
export async function closeShown(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration('/')
  for (const shown of (await registration?.getNotifications()) ?? []) shown.close()
}

/** Leaves, in the browser and on the server. Whether both is done: else the next visit does the rest. */
export async function leave(): Promise<boolean> {
  // Noted first, so that a page that is closed meanwhile does not subscribe again at the next visit.
  await putStored(addressLeft, true).catch(() => {})
  const [left, told] = await Promise.all([dropAddress().catch(() => false), removeSubscription()])
  if (left) await deleteStored(addressLeft).catch(() => {})
  return left && told
}

/** Does what is left of an earlier leaving. Whether all is done. */
export async function leaveRest(): Promise<boolean> {
  const isAddressLeft = (await getStored(addressLeft)) === true
  const left = !isAddressLeft || (await dropAddress().catch(() => false))
  if (isAddressLeft && left) await deleteStored(addressLeft).catch(() => {})
  const told = await finishLeaving()
  return left && told
}

/**
 * Asks for a test. Where the server has lost the subscription, or the address is dead, both are made anew and the test is asked for
 * once more: `renewed`.
 */
export async function test(
  vapidPublicKey: string,
  preferences: Preferences,
): Promise<{ readonly tested: Tested; readonly isRenewed: boolean }> {
  const first = await requestTest()
  if (first !== 'lost' && first !== 'gone') return { tested: first, isRenewed: false }
  if (first === 'gone') await dropAddress()
  await change(vapidPublicKey, preferences)
  return { tested: await requestTest(), isRenewed: true }
}

/** Whether the browser has no address any more. */
async function dropAddress(): Promise<boolean> {
  const registration = await navigator.serviceWorker.getRegistration('/')
  const address = await registration?.pushManager.getSubscription()
  return address === undefined || address === null || address.unsubscribe()
}
