import { z } from 'zod'
import { parse } from '../parse.ts'
import { Problem } from '../problem.ts'
import { fromBase64url } from './base64url.ts'
import { isPublicKey } from './p256.ts'
import { endpointFault } from './services.ts'
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

/** What a browser's `PushSubscription.toJSON()` gives (Push API §8). `expirationTime` is read past: services tell. */
export const pushSubscriptionSchema = z.strictObject({
  endpoint: z.string(),
  expirationTime: z.number().nullable().optional(),
  keys: z.strictObject({ p256dh, auth }),
})

/**
 * Parses a browser's push address. Throws a Problem (400): `invalid` with every mistake of form, and those of
 * `pushAddressOf`.
 */
export function parsePushAddress(input: unknown, hosts: readonly string[]): PushAddress {
  return pushAddressOf(parse(pushSubscriptionSchema, input, 'push subscription'), hosts)
}

/**
 * The address in what has the right form. Throws a Problem (400): `endpoint-refused` when it is no https address at one
 * of the hosts, `key-refused` when nothing can be sealed for its key.
 */
export function pushAddressOf(
  { endpoint, keys }: z.output<typeof pushSubscriptionSchema>,
  hosts: readonly string[],
): PushAddress {
  const fault = endpointFault(endpoint, hosts)
  if (fault !== null)
    throw new Problem(
      400,
      'endpoint-refused',
      `${fault} Send what the browser's pushManager.subscribe() gave, unchanged.`,
    )
  if (!isPublicKey(fromBase64url(keys.p256dh) ?? new Uint8Array()))
    throw new Problem(
      400,
      'key-refused',
      "keys.p256dh is not a point on the curve P-256. Send what the browser's pushManager.subscribe() gave, unchanged.",
    )
  // One spelling of one address, so that it is one row.
  return { endpoint: new URL(endpoint).href, p256dh: keys.p256dh, auth: keys.auth }
}
