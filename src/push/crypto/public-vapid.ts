import { Problem } from '../../domain/problem.ts'
import { type PushKeys, placeholderSubject, type VapidKeys } from './vapid-key-set.ts'

/** The public part of a VAPID key, in base64url. */
type PublicVapidKey = { readonly keyId: string; readonly publicKey: string }

/** The public part of our VAPID keys, for browsers and operators. */
export type VapidSettings = PublicVapidKey & {
  /** Older keys, which still serve the subscriptions made with them. */
  readonly older: readonly PublicVapidKey[]
  /** The contact for push services; null when none is configured. */
  readonly subject: string | null
}

/** Gives the public part of the push keys. */
export function publicVapid({ vapidKeys: [present, ...older], vapidSubject }: Omit<PushKeys, 'secret'>): VapidSettings {
  const publicPart = ({ keyId, publicKey }: VapidKeys) => ({ keyId, publicKey })
  const subject = vapidSubject === placeholderSubject ? null : vapidSubject
  return { ...publicPart(present), older: older.map(publicPart), subject }
}

/** All keys in use, the present one first. */
export function allKeys({ keyId, publicKey, older }: VapidSettings): readonly PublicVapidKey[] {
  return [{ keyId, publicKey }, ...older]
}

/**
 * The id of the VAPID key that a subscription names; the present key's when it names none. Throws a Problem (400
 * `unknown-vapid-key`) for any other key, because no push could be signed for it.
 */
export function keyIdOf(
  vapid: VapidSettings,
  named: { readonly vapidPublicKey?: string | undefined; readonly vapidKeyId?: string | undefined },
): string {
  const { vapidPublicKey, vapidKeyId } = named
  if (vapidPublicKey === undefined && vapidKeyId === undefined) return vapid.keyId
  const found = allKeys(vapid).find(
    ({ keyId, publicKey }) => (vapidPublicKey ?? publicKey) === publicKey && (vapidKeyId ?? keyId) === keyId,
  )
  if (found !== undefined) return found.keyId
  const pointer = vapidPublicKey === undefined ? '/vapidKeyId' : '/vapidPublicKey'
  const detail =
    'This subscription was made with a VAPID key that is not here, so that no push for it could be signed. A browser subscribes again with the vapidPublicKey of /v1/newsroom; an operator who moves gives the service the key pair first.'
  throw new Problem(400, 'unknown-vapid-key', detail, { errors: [{ pointer, detail }] })
}
