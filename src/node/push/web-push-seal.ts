import webPush from 'web-push'
import type { Seal } from '../../push/crypto/seal.ts'
import type { VapidKeys } from '../../push/crypto/vapid-key-set.ts'
import type { SignVapid } from '../../push/crypto/vapid-tokens.ts'

/** Seals through the library `web-push`: it builds the request's body (RFC 8291) and sends nothing. */
export const webPushSeal: Seal = async (payload, { endpoint, p256dh, auth }) => {
  const subscription = { endpoint, keys: { p256dh, auth } }
  // Without `vapidDetails: null` it would sign each message; one token serves a whole origin.
  const options = { vapidDetails: null, contentEncoding: 'aes128gcm', TTL: 0 } as unknown as webPush.RequestOptions
  const { body } = webPush.generateRequestDetails(subscription, Buffer.from(payload), options)
  if (body === null) throw new Error('web-push sealed nothing')
  return body
}

/** Signs VAPID tokens with our keys, through `web-push`. */
export function signerOf(subject: string, keys: readonly VapidKeys[]): SignVapid {
  return (keyId, audience, expiresSeconds) => {
    const key = keys.find((it) => it.keyId === keyId)
    if (key === undefined) throw new Error(`the VAPID key ${keyId} of a subscription is not here any more`)
    const { publicKey, privateKey } = key
    return webPush.getVapidHeaders(audience, subject, publicKey, privateKey, 'aes128gcm', expiresSeconds).Authorization
  }
}
