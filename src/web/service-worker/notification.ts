import type { PushAlertData, PushNotification } from '../../protocol/push-payload.ts'

/** A notification as the service worker shows it. */
export type Shown = {
  readonly title: string
  readonly body: string
  readonly tag: string
  readonly lang: string
  readonly dir: 'ltr' | 'rtl' | 'auto'
  readonly silent: boolean
  readonly renotify: boolean
  readonly timestamp?: number
  readonly data: { readonly navigate: string; readonly id: string; readonly version: number }
}

/** The newest thing shown of each alert, newest first, so that a repeat or a late older version shows nothing new. */
export type Seen = readonly { readonly id: string; readonly version: number; readonly shown: Shown }[]

const seenMax = 50

/** What the device's own choices depend on: the alert's level, and what was shown of it before. */
export type Occasion = { readonly level: unknown; readonly before: Shown | null }
/** Changes a notification as this device's choices say. What it gives is what is remembered. */
export type Adjust = (show: Shown, occasion: Occasion) => Shown

/**
 * What to show for a push, and what to remember. There is always something to show: browsers penalize pushes
 * without a notification. A version that was seen, or an older one, shows the newest again, without a sound, in place.
 */
export function notificationOf(
  payload: unknown,
  seen: Seen,
  adjust: Adjust = (it) => it,
): { readonly show: Shown; readonly seen: Seen } {
  const show = read(payload)
  const { id, version } = show.data
  const { level, kind, correctedAt } = fieldsOf<PushAlertData>(notificationIn(payload).data)
  if (id === '') return { show: adjust(show, { level, before: null }), seen }
  const known = seen.find((it) => it.id === id)
  if (known && known.version >= version)
    return { show: { ...known.shown, silent: true, renotify: false }, seen: [...seen] }
  const others = seen.filter((it) => it.id !== id)
  // In another of the reader's languages this is a new alert: it replaces what was shown, and makes a sound. What was shown
  // discreetly is in no language.
  const isInOther = known && known.shown.lang !== '' && known.shown.lang !== show.lang && kind === 'alert'
  // An update that says a correction is heard as that where it was not shown here, and as an update where it was.
  const correctedMs = kind === 'update' ? Date.parse(textOf(correctedAt)) : Number.NaN
  const isCorrected = known?.shown.timestamp !== undefined && known.shown.timestamp >= correctedMs
  const isToldHere = correctedMs > 0 && !isCorrected
  const wanted =
    isInOther || isToldHere
      ? { ...show, silent: false, renotify: true }
      : { ...show, silent: show.silent || (isCorrected && level === 'routine') }
  const shown = adjust(wanted, { level, before: known?.shown ?? null })
  return { show: shown, seen: [{ id, version, shown }, ...others].slice(0, seenMax) }
}

/** The JSON of a push, or null when it is none. */
export function parsePayload(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}

/** What was remembered, whatever the storage gave back. */
export function seenOf(stored: unknown): Seen {
  if (!Array.isArray(stored)) return []
  return stored.filter((it) => typeof it?.id === 'string' && typeof it.shown?.title === 'string')
}

function read(payload: unknown): Shown {
  const notification = notificationIn(payload)
  const { kind, id, version, level, at } = fieldsOf<PushAlertData>(notification.data)
  const isTakenBack = kind === 'correction' || kind === 'retraction'
  const silent = notification.silent === true && !isTakenBack
  const tag = textOf(notification.tag)
  const time = Date.parse(textOf(at))
  return {
    title: textOf(notification.title) || 'One new item',
    body: textOf(notification.body),
    tag: tag || 'tocsin',
    lang: textOf(notification.lang),
    dir: notification.dir === 'rtl' || notification.dir === 'ltr' ? notification.dir : 'auto',
    silent,
    // A correction or retraction makes a sound on every level, and so does a change of a flash. Else one sound is
    // enough.
    renotify: isTakenBack || (!silent && level === 'flash' && kind === 'update'),
    ...(Number.isNaN(time) ? {} : { timestamp: time }),
    data: {
      navigate: textOf(notification.navigate),
      id: textOf(id),
      version: typeof version === 'number' ? version : 0,
    },
  }
}

function notificationIn(payload: unknown): Unchecked<PushNotification> {
  return fieldsOf<PushNotification>(fieldsOf<{ notification: unknown }>(payload).notification)
}

/** The fields of an object whose values nobody has checked. */
type Unchecked<Fields> = { readonly [Name in keyof Fields]?: unknown }

function fieldsOf<Fields>(value: unknown): Unchecked<Fields> {
  return value !== null && typeof value === 'object' ? { ...value } : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Where a tap leads: the payload's address if it is ours and safe, else the front page. */
export function targetOf(navigate: unknown, origin: string): string {
  const home = `${origin}/`
  const url = typeof navigate === 'string' ? addressOf(navigate, home) : null
  if (url === null || url.origin !== origin) return home
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'https:' || local ? url.href : home
}

/** `URL.canParse` would be shorter, but old phones lack it. */
function addressOf(address: string, base: string): URL | null {
  try {
    return new URL(address, base)
  } catch {
    return null
  }
}

/**
 * The index of the open page that a tap on a notification focuses: the one that shows the target, else any reader page,
 * which then navigates there. Never the desk, where an editor could lose a draft. -1: open a new one.
 */
export function pageFor(target: string, open: readonly { readonly url: string }[]): number {
  const exact = open.findIndex(({ url }) => url.split('#')[0] === target)
  return exact >= 0 ? exact : open.findIndex(({ url }) => new URL(url).pathname !== '/desk')
}
