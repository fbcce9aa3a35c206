import type { KnownNames } from '../../domain/interest.ts'
import { randomKey } from '../desk/editing/random-key.ts'
import { textOf } from '../reader/push-step.ts'
import { deleteStored, getStored, putStored } from './browser-storage.ts'
import { type Preferences, remainingPreferences } from './preferences.ts'
import { withTimeout } from './timeout.ts'

/** What the browser keeps of its subscription: the server's id, the token that may change it, and the interest. */
export type Saved = { readonly id: string; readonly token: string; readonly preferences: Preferences }

/** A row of the server that this browser has left, and its token. */
type Ended = Pick<Saved, 'id' | 'token'>

/** The server's refusal, by the code of its problem. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(what: string, { status, body }: { readonly status: number; readonly body: unknown }) {
    const { code } = (body ?? {}) as { readonly code?: unknown }
    super(`${what} was answered ${status}`)
    this.status = status
    this.code = typeof code === 'string' ? code : ''
  }
}

/** This browser keeps nothing, so that it could not leave again: nothing stays on the server. */
export class NotKept extends Error {}

const name = 'subscription'
/** What the server could not be told yet of those that were left. */
const ending = 'subscription-ending'
const endingMax = 20
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
  // Kept first: where the server cannot be told now, the next visit sends it.
  if (former !== null) await putStored(name, { ...former, preferences }).catch(() => {})
  const address = await addressOf()
  const saved = await postSubscription(address, preferences)
  await keep(saved)
  // Unsubscribing notes it first and then looks for what is saved, so one of the two sees the other.
  if ((await getStored(leaving)) !== leftBefore) {
    await deleteStored(name)
    await Promise.all([end(saved), address.unsubscribe()]).catch(() => {})
    return null
  }
  if (former !== null && former.id !== saved.id) await end(former)
  return saved
}

async function keep(saved: Saved): Promise<void> {
  try {
    await putStored(name, saved)
    // The same address again is the same row: it is not to end any more.
    const waiting = await toEnd()
    if (waiting.some(({ id }) => id === saved.id)) await keepToEnd(waiting.filter(({ id }) => id !== saved.id))
  } catch {
    await takeBack(saved).catch(() => {})
    throw new NotKept('this browser keeps nothing')
  }
}

async function postSubscription(address: Address, preferences: Preferences): Promise<Saved> {
  const first = await post(address, preferences)
  const left = first.status === 400 ? remainingPreferences(preferences, await newsroom()) : null
  const { status, body } = left === null ? first : await post(address, left)
  if (status < 200 || status > 299) throw new Refusal('the subscription', { status, body })
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
  if (status !== 200) throw new Refusal('the newsroom', { status, body })
  return body as KnownNames
}

/** Deletes the subscription on the server. Whether that is done: else a later visit tells the server (`finishLeaving`). */
export async function removeSubscription(): Promise<boolean> {
  // A request in progress is undone by the code that sent it: unsubscribing does not wait for it.
  await putStored(leaving, randomKey()).catch(() => {})
  const saved = await savedSubscription()
  await deleteStored(name).catch(() => {})
  return saved === null || end(saved)
}

/** Tells the server of those subscriptions that were left while it could not be reached. Whether none is left to tell. */
export async function finishLeaving(): Promise<boolean> {
  const ended: string[] = []
  const waiting = await toEnd()
  for (const each of waiting) if (await takeBack(each).catch(() => false)) ended.push(each.id)
  if (ended.length > 0) await keepToEnd((await toEnd()).filter(({ id }) => !ended.includes(id))).catch(() => {})
  return ended.length === waiting.length
}

/** Ends a row; noted first, so that a page that is closed meanwhile does not forget it. */
async function end({ id, token }: Ended): Promise<boolean> {
  await keepToEnd([...(await toEnd()), { id, token }]).catch(() => {})
  const isDone = await takeBack({ id, token }).catch(() => false)
  if (isDone) await keepToEnd((await toEnd()).filter((it) => it.id !== id)).catch(() => {})
  return isDone
}

async function toEnd(): Promise<readonly Ended[]> {
  const stored = await getStored(ending)
  return Array.isArray(stored) ? stored.filter((it) => typeof it?.id === 'string' && typeof it?.token === 'string') : []
}

async function keepToEnd(waiting: readonly Ended[]): Promise<void> {
  await putStored(ending, waiting.slice(-endingMax))
}

/** How a test notification went. `lost`: the server knows of no subscription of this browser. */
export type Tested = 'sent' | 'gone' | 'failed' | 'too-many' | 'lost'

/** Asks for a test notification to this browser alone. */
export async function requestTest(): Promise<Tested> {
  const saved = await savedSubscription()
  if (saved === null) return 'lost'
  const { status, body } = await ask(`/v1/subscriptions/${saved.id}/test`, { method: 'POST', headers: bearer(saved) })
  if (status === 404) return 'lost'
  if (status === 429) return 'too-many'
  if (status !== 200) throw new Refusal('the test', { status, body })
  const { result } = body as { readonly result: Tested }
  return result
}

/** Whether the row is gone: deleted now or before. Only the service's own answers count: a network may answer in its name. */
async function takeBack(row: Ended): Promise<boolean> {
  const { status, body } = await ask(`/v1/subscriptions/${row.id}`, { method: 'DELETE', headers: bearer(row) })
  return status === 204 || (status === 404 && new Refusal('leaving', { status, body }).code !== '')
}

function bearer({ token }: Ended): Record<string, string> {
  return { Authorization: `Bearer ${token}` }
}

function ask(path: string, request: RequestInit = {}): Promise<{ readonly status: number; readonly body: unknown }> {
  return withTimeout(answerMsMax, async (signal) => {
    const answer = await fetch(path, { ...request, credentials: 'omit', signal })
    return { status: answer.status, body: await answer.json().catch(() => null) }
  })
}
