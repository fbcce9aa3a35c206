import * as z from 'zod'
import { fromBase64url } from '../../domain/parsing/base64url.ts'
import { parse } from '../../domain/parsing/parse.ts'
import { Problem, parseAll } from '../../domain/problem.ts'
import { isPublicKey } from '../crypto/p256.ts'
import { endpointFault } from './push-services.ts'
import type { PushAddress } from './subscription.ts'

const publicKeyBytes = 65
const authBytes = 16
const uncompressedPoint = 0x04

const p256dh = z.string().refine((text) => {
  const bytes = fromBase64url(text)
  return bytes?.length === publicKeyBytes && bytes[0] === uncompressedPoint
}, 'An uncompressed P-256 public key is wanted: 65 bytes in canonical base64url without padding.')

const auth = z
  .string()
  .refine(
    (text) => fromBase64url(text)?.length === authBytes,
    'The 16 bytes of the secret are wanted, in canonical base64url without padding.',
  )

/**
 * The shape of `PushSubscription.toJSON()` (Push API §8). `expirationTime` is ignored: push services say when it has
 * expired.
 */
export const pushSubscriptionSchema = z.strictObject({
  endpoint: z.string(),
  expirationTime: z.number().nullable().optional(),
  keys: z.strictObject({ p256dh, auth }),
})

/**
 * Parses a browser's push address. Throws a Problem (400): `invalid` with every error of form, and those of
 * `pushAddressOf`.
 */
export function parsePushAddress(input: unknown, hosts: readonly string[]): PushAddress {
  return pushAddressOf(parse(pushSubscriptionSchema, input, 'push subscription'), hosts)
}

/**
 * Converts an address of the right form. Throws a Problem (400): `endpoint-refused` when it is not an https URL at an
 * allowed host, `key-refused` when its key cannot be used for encryption.
 */
export function pushAddressOf(
  { endpoint, keys }: z.output<typeof pushSubscriptionSchema>,
  hosts: readonly string[],
): PushAddress {
  parseAll('push subscription', refusalsIn({ endpoint, keys }, hosts))
  // Normalised, so that one address is one row.
  return { endpoint: new URL(endpoint).href, p256dh: keys.p256dh, auth: keys.auth }
}

const unchanged = "Send what the browser's pushManager.subscribe() gave, unchanged."

/** Why a push address is refused beyond its form. Each throws a Problem (400) whose pointer begins with `base`. */
export function refusalsIn(
  input: unknown,
  hosts: readonly string[],
  base = '',
): { readonly endpoint: () => void; readonly key: () => void } {
  const { endpoint, keys } = Object(input)
  const { p256dh: key } = Object(keys)
  return {
    endpoint() {
      const fault = typeof endpoint === 'string' ? endpointFault(endpoint, hosts) : null
      if (fault !== null) refuse('endpoint-refused', `${base}/endpoint`, `${fault} ${unchanged}`)
    },
    key() {
      // A key of the wrong form is left for the schema to refuse.
      if (!p256dh.safeParse(key).success || isPublicKey(fromBase64url(key) ?? new Uint8Array())) return
      refuse('key-refused', `${base}/keys/p256dh`, `keys.p256dh is not a point on the curve P-256. ${unchanged}`)
    },
  }
}

function refuse(code: string, pointer: string, detail: string): never {
  throw new Problem(400, code, detail, { errors: [{ pointer, code, detail }] })
}
