import { Problem } from '../../domain/problem.ts'
import { type PushKeys, unreachableSubject, type VapidKeys } from './vapid-key-set.ts'

/** A VAPID key of ours, its public half in base64url. */
export type PublicVapidKey = { readonly keyId: string; readonly publicKey: string }

/** What browsers and operators may know of our VAPID keys. */
export type VapidSettings = PublicVapidKey & {
  /** Keys from before the present one: they still serve those who subscribed with them. */
  readonly older: readonly PublicVapidKey[]
  /** Whom push services write to; null when nobody is named. */
  readonly subject: string | null
}

/** What of the push keys may be told. */
export function publicVapid({ vapidKeys: [present, ...older], vapidSubject }: Omit<PushKeys, 'secret'>): VapidSettings {
  const open = ({ keyId, publicKey }: VapidKeys) => ({ keyId, publicKey })
  const subject = vapidSubject === unreachableSubject ? null : vapidSubject
  return { ...open(present), older: older.map(open), subject }
}

/** All keys that serve, the present one first. */
export function allKeys({ keyId, publicKey, older }: VapidSettings): readonly PublicVapidKey[] {
  return [{ keyId, publicKey }, ...older]
}

/**
 * The id of the key that a subscription was made with, as it was named; the present one's when it was not. Throws a
 * Problem (400 `unknown-vapid-key`) for a key that is not ours: no push could be signed for it.
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
