import type { KnownNames } from '../interest.ts'
import { forget, keep, kept } from './keep.ts'
import { textOf } from './push-step.ts'
import { type Wish, wishLeft } from './wish.ts'

/** What the browser keeps of its subscription: the server's id, the token that may change it, and the wish. */
export type Saved = { readonly id: string; readonly token: string; readonly wish: Wish }

const name = 'subscription'

/** The subscription that this browser has saved, if any. */
export async function savedSubscription(): Promise<Saved | null> {
  const value = await kept(name)
  const saved = value as Partial<Saved> | undefined
  return typeof saved?.id === 'string' && typeof saved.token === 'string' && Array.isArray(saved.wish?.languages)
    ? (saved as Saved)
    : null
}

/**
 * Tells the server of a push address and a wish. Again is harmless: the same address is the same row. A new address is a
 * new row, and the former one is taken back with its token, so that a browser has one. A wish that the newsroom has
 * given up in part is told as what is left of it, where the row is not there any more that still had it.
 */
export async function sendSubscription(address: PushSubscription, wish: Wish): Promise<Saved> {
  const former = await savedSubscription()
  let told = wish
  let answer = await post(address, wish)
  const left = answer.status === 400 ? wishLeft(wish, await newsroom()) : null
  if (left !== null) {
    told = left
    answer = await post(address, left)
  }
  if (!answer.ok) throw new Error(`the subscription was answered ${answer.status}`)
  const { id, token } = await answer.json()
  const saved = { id, token, wish: told }
  await keep(name, saved)
  // A dead address that stays is deleted when its push service says "gone", so no error matters.
  if (former !== null && former.id !== id) await takeBack(former).catch(() => {})
  return saved
}

function post(address: PushSubscription, { discreet, ...interest }: Wish): Promise<Response> {
  const vapidPublicKey = textOf(address.options.applicationServerKey)
  return fetch('/v1/subscriptions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ subscription: address.toJSON(), interest, discreet, vapidPublicKey }),
    credentials: 'omit',
  })
}

async function newsroom(): Promise<KnownNames> {
  const answer = await fetch('/v1/newsroom', { credentials: 'omit' })
  if (!answer.ok) throw new Error(`the newsroom was answered ${answer.status}`)
  return answer.json()
}

/** Takes the subscription back from the server. A push service that says "gone" does the same later, so no error matters. */
export async function removeSubscription(): Promise<void> {
  const saved = await savedSubscription()
  await forget(name)
  if (saved === null) return
  await takeBack(saved)
}

/** Asks for a test notification to this browser alone. Says whether it is on its way. */
export async function requestTest(): Promise<boolean> {
  const saved = await savedSubscription()
  if (saved === null) return false
  const address = `/v1/subscriptions/${saved.id}/test`
  const answer = await fetch(address, { method: 'POST', headers: bearer(saved), credentials: 'omit' })
  return answer.ok
}

function takeBack(saved: Saved): Promise<Response> {
  return fetch(`/v1/subscriptions/${saved.id}`, { method: 'DELETE', headers: bearer(saved), credentials: 'omit' })
}

function bearer({ token }: Saved): Record<string, string> {
  return { Authorization: `Bearer ${token}` }
}
