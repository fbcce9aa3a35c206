import { getStored, putStored } from '../shared/browser-storage.ts'
import { deviceChoicesOf, readDeviceChoices } from '../shared/device/device-choices.ts'
import { savedSubscription } from '../shared/push-subscription.ts'
import { withTimeout } from '../shared/timeout.ts'
import { countUnread } from './badge.ts'
import { type DeclarativePush, declaredPayload } from './declared-push.ts'
import { type DeviceState, dayOf, disguised, soundedOf, soundOf } from './device-rules.ts'
import { notificationOf, type Occasion, parsePayload, type Seen, type Shown, seenOf } from './notification.ts'
import type { PushCheck } from './push-check.ts'
import { workerWords } from './worker-words.ts'

declare const self: ServiceWorkerGlobalScope

/** The action of a notification after which the day has no more sounds. */
export const muteAction = 'mute-today'

/** The newsroom's, else the usual ones. */
const ownIcons = { icon: '/icons/own/icon-192.png', badge: '/icons/own/badge-96.png' }
/** A badge is the small picture in the status bar. */
const neutralIcons = { icon: '/icons/neutral-192.png', badge: '/icons/neutral-badge-96.png' }

/** A storage may not answer at all, as Safari's after a start (WebKit bug 226547): neither this alert nor the next waits for it. */
const storageMsMax = 2_000

/** For a device that knows no better words. */
const unverifiedInEnglish = 'One new item could not be verified and is not shown.'

/** Shows what a push says as this device's choices want it, and remembers it. What cannot be verified is said, not shown. */
export async function showPush(event: DeclarativePush, check: PushCheck): Promise<void> {
  const received = event.data ? parsePayload(event.data.text()) : declaredPayload(event)
  const { stored, choices, state, saved } = await withTimeout(storageMsMax, kept).catch(nothingKept)
  // A declared push has been rewritten by the browser, which shows such pushes by itself too.
  const isGenuine = !event.data || (await check.mayShow(received))
  const payload = isGenuine ? received : await unverifiedPayload(saved?.preferences.languages[0] ?? '')
  // The subscription says it too: where it was chosen before there were choices of the device, or these could not be kept.
  const isDiscreet = choices.discreet || saved?.preferences.discreet === true
  const hide = (show: Shown, before: Shown | null) => {
    if (!isDiscreet) return show
    // What a server sends to discreet subscriptions is neutral by itself.
    const title = choices.discreetTitle || (saved?.preferences.discreet && show.body === '' ? show.title : '')
    return disguised(show, before, title, randomTag)
  }
  const before = seenOf(stored)
  const known = before.map((it) => ({ ...it, shown: hide(it.shown, null) }))
  let { sounded } = state
  const adjust = (show: Shown, occasion: Occasion) => {
    const result = soundOf(show, occasion, choices, state)
    sounded = result.sounded
    return hide(result.show, occasion.before)
  }
  const { show, seen } = notificationOf(payload, known, adjust)
  await display(show, isDiscreet)
  await closeOthers(before, seen)
  await withTimeout(storageMsMax, async () => {
    await putStored('seen', seen)
    await putStored('sounded', sounded)
    if (isGenuine) await putStored('last-came', new Date().toISOString())
    await countUnread(show.data.id)
  })
  // An open page says when the last one came.
  for (const page of await self.clients.matchAll({ type: 'window' })) page.postMessage('shown')
}

/** In the reader's own language, because the push may say anything. Silent: who can send it shall not wake readers. */
async function unverifiedPayload(language: string): Promise<unknown> {
  const { unverified } = await workerWords(language)
  const title = unverified || unverifiedInEnglish
  return { notification: { title, lang: unverified === '' ? 'en' : language, tag: 'unverified', silent: true } }
}

async function kept() {
  const [stored, choices, sounded, mutedOn, saved] = await Promise.all([
    ...([
      getStored('seen'),
      readDeviceChoices(),
      getStored('sounded'),
      getStored('muted-on'),
      savedSubscription(),
    ] as const),
  ])
  return { stored, choices, state: stateNow(sounded, mutedOn), saved }
}

/** What is not known may be that nobody shall see what an alert is about. */
function nothingKept(): Awaited<ReturnType<typeof kept>> {
  return {
    stored: null,
    choices: { ...deviceChoicesOf(null), discreet: true },
    state: stateNow(null, null),
    saved: null,
  }
}

function stateNow(sounded: unknown, mutedOn: unknown): DeviceState {
  const now = new Date()
  return { sounded: soundedOf(sounded, now), mutedOn, now }
}

async function display(show: Shown, isDiscreet: boolean): Promise<void> {
  const { title, ...options } = show
  const actions = isDiscreet || show.silent ? [] : await actionsFor(show.lang)
  // Shown first: a full disk must not cost the reader an alert.
  await self.registration.showNotification(title, {
    ...options,
    ...(isDiscreet ? neutralIcons : ownIcons),
    ...(actions.length > 0 ? { actions } : {}),
  } as NotificationOptions)
}

/** A browser that shows actions shows two at least; a tap on the notification itself opens the alert. */
async function actionsFor(language: string): Promise<readonly { readonly action: string; readonly title: string }[]> {
  const { maxActions = 0 } = Notification as { readonly maxActions?: number }
  const { mute } = maxActions > 0 ? await workerWords(language) : { mute: '' }
  return mute === '' ? [] : [{ action: muteAction, title: mute }]
}

/** Takes away what was shown under another tag, in whose place nothing comes: from before the reader chose to be discreet, or after. */
async function closeOthers(before: Seen, after: Seen): Promise<void> {
  for (const { id, shown } of before) {
    const now = after.find((it) => it.id === id)
    if (now === undefined || now.shown.tag === shown.tag) continue
    const others = await self.registration.getNotifications({ tag: shown.tag })
    for (const other of others) other.close()
  }
}

/** No more sounds until the day ends by this device's calendar. */
export async function muteToday(): Promise<void> {
  await putStored('muted-on', dayOf(new Date()))
}

function randomTag(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(36)).join('')
}
