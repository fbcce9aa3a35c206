import * as z from 'zod'
import { type Bytes, fromBase64url } from './parsing/base64url.ts'

// The pictures in a newsroom's file: its icons and screenshots, so that what is installed on a reader's device is the newsroom's.
// They stand in the file itself, as data URLs, because a Worker has no other files, and other servers would learn of readers.

/** The icons that a newsroom may have of its own, and how many pixels wide and high each is. `maskable`: its edge may be cut off. */
export const iconSizes = {
  ...{ 'icon-180': 180, 'icon-192': 192, 'icon-512': 512 },
  ...{ 'maskable-192': 192, 'maskable-512': 512 },
  'badge-96': 96,
} as const
export type IconName = keyof typeof iconSizes

export type Picture = { readonly width: number; readonly height: number; readonly bytes: Bytes }

const iconBytesMax = 100_000
const screenshotBytesMax = 500_000
/** What browsers show of screenshots (Chromium): these sides, the longer at most 2.3 times the shorter. */
const sideMin = 320
const sideMax = 3_840
const ratioMax = 2.3

/** Schema of the icons, by name. */
export const iconsSchema = z.strictObject({
  'icon-180': icon(180).optional(),
  'icon-192': icon(192).optional(),
  'icon-512': icon(512).optional(),
  'maskable-192': icon(192).optional(),
  'maskable-512': icon(512).optional(),
  'badge-96': icon(96).optional(),
})

/** Schema of the screenshots. */
export const screenshotsSchema = z
  .array(
    picture(screenshotBytesMax, ({ width, height }) => {
      const [shorter, longer] = [Math.min(width, height), Math.max(width, height)]
      if (shorter >= sideMin && longer <= sideMax && longer <= ratioMax * shorter) return null
      return `A screenshot has sides of ${sideMin} to ${sideMax} pixels, the longer at most ${ratioMax} times the shorter; this one has ${width} by ${height}.`
    }),
  )
  .max(8)

function icon(size: number) {
  return picture(iconBytesMax, ({ width, height }) =>
    width === size && height === size ? null : `${size} by ${size} pixels are wanted, not ${width} by ${height}.`,
  )
}

function picture(bytesMax: number, faultOf: (size: Pick<Picture, 'width' | 'height'>) => string | null) {
  return z.string().transform((text, context) => {
    const read = readPng(text)
    const message =
      read === null
        ? 'A PNG as a data URL is wanted: data:image/png;base64, and the bytes in base64.'
        : read.bytes.length > bytesMax
          ? `At most ${bytesMax} bytes are wanted, not ${read.bytes.length}.`
          : faultOf(read)
    if (message !== null) context.issues.push({ code: 'custom', message, input: text.slice(0, 40) })
    return read ?? { width: 0, height: 0, bytes: new Uint8Array() }
  })
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]

/** Reads the size in a PNG's first chunk, IHDR (https://www.w3.org/TR/png/#11IHDR). */
function readPng(text: string): Picture | null {
  const base64 = /^data:image\/png;base64,([\w+/]+)={0,2}$/.exec(text)?.[1]
  const bytes = base64 === undefined ? null : fromBase64url(base64.replaceAll('+', '-').replaceAll('/', '_'))
  if (bytes === null || bytes.length < 33 || signature.some((byte, at) => bytes[at] !== byte)) return null
  const view = new DataView(bytes.buffer)
  return { width: view.getUint32(16), height: view.getUint32(20), bytes }
}
