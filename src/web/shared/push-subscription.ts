import type { KnownNames } from '../../domain/interest.ts'
import { randomKey } from '../desk/editing/random-key.ts'
import { textOf } from '../reader/push-step.ts'
import { deleteStored, getStored, putStored } from './browser-storage.ts'
import { type Preferences, remainingPreferences } from './preferences.ts'
import { withTimeout } from './timeout.ts'

/** What the browser keeps of its subscription: the server's id, the token that may change it, and the interest. */
type Saved = { readonly id: string; readonly token: string; readonly preferences: Preferences }

const name = 'subscription'
/** When the reader has left last: a mark that is another one each time. */
const leaving = 'subscription-left'
const answerMsMax = 10_000

/** The subscription that this browser has saved, if any. */
export async function savedSubscription(): Promise<Saved | null> {
  const value = await getStored(name)
  const saved = value as Partial<Saved> | undefined
  return typeof saved?.id === 'string' && typeof saved.token === 'string' && Array.isArray(saved.preferences?.languages)
    ? (saved as Saved)
    : null
}

/** What is used of a browser's `PushSubscription`. */
type Address = {
  readonly options: { readonly applicationServerKey: ArrayBuffer | null }
  toJSON(): unknown
  unsubscribe(): Promise<boolean>
}

/** Requests are sent one after the other: the server must not receive two changes in the wrong order. */
let sending: Promise<unknown> = Promise.resolve()

/**
 * Sends a push address and an interest to the server. Repeating is harmless: the same address is the same row. A new
 * address is a new row, and the former one is deleted with its token, so that a browser has one. When the newsroom has removed a
 * part of the interest and the row is gone, only what is left of the interest is sent.
 * Null: the reader has unsubscribed meanwhile, in this page or another; what was sent is deleted again.
 */
export function sendSubscription(addressOf: () => Promise<Address>, preferences: Preferences): Promise<Saved | null> {
  // Leaving counts from here on, also while an earlier one is on its way.
  const asked = getStored(leaving)
  const sent = sending.then(async () => sendUnlessUnsubscribed(addressOf, preferences, await asked))
  sending = sent.catch(() => {})
  return sent
}

async function sendUnlessUnsubscribed(
  addressOf: () => Promise<Address>,
  preferences: Preferences,
  leftBefore: unknown,
): Promise<Saved | null> {
  if ((await getStored(leaving)) !== leftBefore) return null
  const former = await savedSubscription()
  const address = await addressOf()
  const saved = await postSubscription(address, preferences)
  await putStored(name, saved)
  // Unsubscribing notes it first and then looks for what is saved, so one of the two sees the other.
  if ((await getStored(leaving)) !== leftBefore) {
    await deleteStored(name)
    await Promise.all([takeBack(saved), address.unsubscribe()]).catch(() => {})
    return null
  }
  // A dead address that stays is deleted when its push service says "gone", so no error matters.
  if (former !== null && former.id !== saved.id) await takeBack(former).catch(() => {})
  return saved
}

async function postSubscription(address: Address, preferences: Preferences): Promise<Saved> {
  const first = await post(address, preferences)
  const left = first.status === 400 ? remainingPreferences(preferences, await newsroom()) : null
  const { status, body } = left === null ? first : await post(address, left)
  if (status < 200 || status > 299) throw new Error(`the subscription was answered ${status}`)
  const { id, token } = body as { id: string; token: string }
  return { id, token, preferences: left ?? preferences }
}

function post(address: Address, { discreet, ...interest }: Preferences) {
  const vapidPublicKey = textOf(address.options.applicationServerKey)
  return ask('/v1/subscriptions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ subscription: address.toJSON(), interest, discreet, vapidPublicKey }),
  })
}

async function newsroom(): Promise<KnownNames> {
  const { status, body } = await ask('/v1/newsroom')
  if (status !== 200) throw new Error(`the newsroom was answered ${status}`)
  return body as KnownNames
}

/** Deletes the subscription on the server. A push service that says "gone" does the same later, so no error matters. */
export async function removeSubscription(): Promise<void> {
  // A request in progress is undone by the code that sent it: unsubscribing does not wait for it.
  await putStored(leaving, randomKey()).catch(() => {})
  const saved = await savedSubscription()
  await deleteStored(name)
  if (saved === null) return
  await takeBack(saved)
}

/** Asks for a test notification to this browser alone. Returns whether it was accepted. */
export async function requestTest(): Promise<boolean> {
  const saved = await savedSubscription()
  if (saved === null) return false
  const { status } = await ask(`/v1/subscriptions/${saved.id}/test`, { method: 'POST', headers: bearer(saved) })
  return status >= 200 && status <= 299
}

async function takeBack(saved: Saved): Promise<void> {
  await ask(`/v1/subscriptions/${saved.id}`, { method: 'DELETE', headers: bearer(saved) })
}

function bearer({ token }: Saved): Record<string, string> {
  return { Authorization: `Bearer ${token}` }
}

function ask(path: string, request: RequestInit = {}): Promise<{ readonly status: number; readonly body: unknown }> {
  return withTimeout(answerMsMax, async (signal) => {
    const answer = await fetch(path, { ...request, credentials: 'omit', signal })
    return { status: answer.status, body: answer.ok ? await answer.json().catch(() => null) : null }
  })
}
