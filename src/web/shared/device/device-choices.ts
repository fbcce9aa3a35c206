import { getStored, putStored } from '../browser-storage.ts'

/** What a reader chose for this device alone. No server is told, but for `discreet`. */
export type DeviceChoices = {
  /** From when and until when no alert makes a sound: "HH:MM" by the device's clock; null: quiet hours are off. */
  readonly quietFrom: string | null
  readonly quietTo: string | null
  /** Whether a flash makes a sound in quiet hours and above the daily maximum too. */
  readonly flashPasses: boolean
  /** How many alerts a day make a sound; null: no limit. Later ones are shown silently. */
  readonly dailyMax: number | null
  /** Notifications tell nothing of what they are about. */
  readonly discreet: boolean
  /** What they are titled then: neutral words in the reader's language, written by the page. */
  readonly discreetTitle: string
}

const name = 'device-choices'
const dailyMaxMax = 1_000
const titleCharsMax = 200

/** What was stored as choices. What is malformed or missing becomes the default: an alert is never lost to it. */
export function deviceChoicesOf(stored: unknown): DeviceChoices {
  const it: { readonly [Name in keyof DeviceChoices]?: unknown } =
    stored !== null && typeof stored === 'object' ? { ...stored } : {}
  const [from, to] = [clockTimeOf(it.quietFrom), clockTimeOf(it.quietTo)]
  // One of the two alone says nothing.
  const areBoth = from !== null && to !== null
  return {
    quietFrom: areBoth ? from : null,
    quietTo: areBoth ? to : null,
    flashPasses: it.flashPasses !== false,
    dailyMax: isDailyMax(it.dailyMax) ? it.dailyMax : null,
    discreet: it.discreet === true,
    discreetTitle: typeof it.discreetTitle === 'string' ? it.discreetTitle.slice(0, titleCharsMax) : '',
  }
}

/** The choices that are kept in this browser. */
export async function readDeviceChoices(): Promise<DeviceChoices> {
  return deviceChoicesOf(await getStored(name))
}

/** Keeps choices in this browser, for its pages and its service worker. Rejects where nothing can be kept. */
export async function writeDeviceChoices(choices: DeviceChoices): Promise<void> {
  await putStored(name, deviceChoicesOf(choices))
}

function clockTimeOf(value: unknown): string | null {
  return typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(value) ? value : null
}

function isDailyMax(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= dailyMaxMax
}
