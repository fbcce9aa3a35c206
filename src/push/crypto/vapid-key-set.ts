import * as z from 'zod'

/** A VAPID key pair in base64url, with the id by which subscriptions refer to it. */
export type VapidKeys = { readonly keyId: string; readonly publicKey: string; readonly privateKey: string }

/** Our keys: the one that browsers subscribe with now, then older ones that are still in use. */
export type VapidKeySet = readonly [VapidKeys, ...VapidKeys[]]

/** The secrets of pushing, and the contact for push services. */
export type PushKeys = {
  readonly vapidKeys: VapidKeySet
  readonly vapidSubject: string
  /** The secret that stored addresses are encrypted under; 32 bytes. */
  readonly secret: Uint8Array
}

/** The subject when no contact is configured. */
export const placeholderSubject = 'mailto:nobody@tocsin.example'

/** What is wrong with the form of a pair of VAPID keys, in a sentence, or null. */
export function vapidFormFault(publicKey: string, privateKey: string): string | null {
  if (!/^[A-Za-z0-9_-]{87}$/.test(publicKey)) return 'The public VAPID key is not 65 bytes in base64url.'
  if (!/^[A-Za-z0-9_-]{43}$/.test(privateKey)) return 'The private VAPID key is not 32 bytes in base64url.'
  return null
}

/**
 * What is wrong with a VAPID subject, in words that follow a colon, or null. Push services write to it when there is a
 * problem. Apple refuses localhost, spaces and angle brackets.
 */
export function subjectFault(subject: string): string | null {
  const wanted =
    'a mailto: or https: address of yours is wanted, such as mailto:desk@news.example, because push services write to it; letters beyond ASCII are written as %…, in a domain as xn--…'
  // It is a URI (RFC 8292 §2.1), which has no other characters (RFC 3986 §2).
  if (!/^[!-~]+$/.test(subject) || /[<>]/.test(subject) || !URL.canParse(subject)) return wanted
  const { protocol, hostname, pathname } = new URL(subject)
  if (protocol === 'mailto:') return /^[^@]+@[^@]+\.[^@.]+$/.test(pathname) ? null : wanted
  return protocol === 'https:' && hostname.includes('.') && !hostname.endsWith('.localhost') ? null : wanted
}

/** The service's URL if it can be a subject, else null. */
export function subjectOf(publicUrl: string | null): string | null {
  return publicUrl?.startsWith('https:') && subjectFault(publicUrl) === null ? publicUrl : null
}

/** The key set after a rotation to another pair. The older pairs still sign for their subscriptions. */
export function rotated(keySet: readonly VapidKeys[], present: VapidKeys): VapidKeySet {
  return [present, ...keySet.filter(({ keyId }) => keyId !== present.keyId)]
}

type Pair = Omit<VapidKeys, 'keyId'>
const pairSchema = z.strictObject({ publicKey: z.string(), privateKey: z.string() })
const storedSchema = z.union([pairSchema, z.array(pairSchema)])

/** Parses stored pairs: one, or a list with the newest first. Throws when the text is damaged. */
export function pairsOf(text: string): readonly Pair[] {
  const stored = storedSchema.parse(JSON.parse(text))
  return Array.isArray(stored) ? stored : [stored]
}

/** The text in which a key set is stored. */
export function keySetText(keySet: readonly VapidKeys[]): string {
  const pairs = keySet.map(({ publicKey, privateKey }) => ({ publicKey, privateKey }))
  return `${JSON.stringify(pairs.length === 1 ? pairs[0] : pairs, null, 2)}\n`
}
