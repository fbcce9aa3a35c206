import type { DeviceChoices } from '../shared/device/device-choices.ts'
import type { Occasion, Shown } from './notification.ts'

// What a reader chose for this device: when notifications make a sound, and whether they tell what they are about. A
// notification is shown in any case.

/** The alerts that made a sound on one day of the device's calendar. */
export type Sounded = { readonly day: string; readonly ids: readonly string[] }

/** What the rules need besides the choices. `mutedOn`: the day that the reader chose to have no sounds on. */
export type DeviceState = { readonly sounded: Sounded; readonly mutedOn: unknown; readonly now: Date }

/** Something neutral, for a device that knows no better words. */
const neutralTitle = 'One new item'

/** What was stored of it, whatever the storage gave back. A day that is over has no alerts. */
export function soundedOf(stored: unknown, now: Date): Sounded {
  const { day, ids } = (stored !== null && typeof stored === 'object' ? stored : {}) as Partial<Sounded>
  const today = dayOf(now)
  if (day !== today || !Array.isArray(ids)) return { day: today, ids: [] }
  return { day: today, ids: ids.filter((id) => typeof id === 'string') }
}

/**
 * The notification as it is shown, with a sound or without one. In quiet hours, on a day without sounds and above the daily
 * maximum it is silent; a flash makes a sound even then, if the reader wants that. What an alert that was heard before
 * says later (a correction, a retraction) is not one more: it is heard above the maximum too.
 */
export function soundOf(
  show: Shown,
  { level, before }: Occasion,
  choices: DeviceChoices,
  { sounded, mutedOn, now }: DeviceState,
): { readonly show: Shown; readonly sounded: Sounded } {
  if (show.silent) return { show, sounded }
  const { id } = show.data
  const passes = level === 'flash' && choices.flashPasses
  const wasHeard = sounded.ids.includes(id) || (before !== null && !before.silent)
  const isAbove = choices.dailyMax !== null && !wasHeard && sounded.ids.length >= choices.dailyMax
  if (!passes && (isQuiet(choices, now) || mutedOn === dayOf(now) || isAbove))
    return { show: { ...show, silent: true, renotify: false }, sounded }
  // In the place of what was silent a browser makes a sound only when it is asked to.
  const heard = before?.silent ? { ...show, renotify: true } : show
  // What belongs to no alert, such as a test, does not count.
  const isCounted = id !== '' && !wasHeard
  return { show: heard, sounded: isCounted ? { ...sounded, ids: [...sounded.ids, id] } : sounded }
}

/** Whether it is within the quiet hours by the device's clock. They may pass midnight; from an hour until the same one are none. */
export function isQuiet({ quietFrom, quietTo }: Pick<DeviceChoices, 'quietFrom' | 'quietTo'>, now: Date): boolean {
  if (quietFrom === null || quietTo === null) return false
  const time = `${twoDigits(now.getHours())}:${twoDigits(now.getMinutes())}`
  return quietFrom <= quietTo ? quietFrom <= time && time < quietTo : quietFrom <= time || time < quietTo
}

/** The day of the device's calendar, as "2026-03-01". */
export function dayOf(now: Date): string {
  return `${now.getFullYear()}-${twoDigits(now.getMonth() + 1)}-${twoDigits(now.getDate())}`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

/**
 * The notification of a discreet reader, which tells nothing to who sees the device: neither what it is about nor its
 * language, nor its tag, whose alert has a public page. `random`: a new tag, where it has none from before.
 */
export function disguised(show: Shown, before: Shown | null, title: string, random: () => string): Shown {
  const isDone = (it: Shown) => it.tag.startsWith(neutralTag)
  const tag = [show, before].find((it) => it !== null && isDone(it))?.tag ?? `${neutralTag}${random()}`
  return { ...show, title: title || neutralTitle, body: '', lang: '', dir: 'auto', tag }
}

const neutralTag = 'n-'
