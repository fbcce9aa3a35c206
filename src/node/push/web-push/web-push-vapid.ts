import webPush from 'web-push'
import type { VapidKeys } from '../../../push/crypto/vapid-key-set.ts'
import type { SignVapid } from '../../../push/crypto/vapid-tokens.ts'

/** Signs VAPID tokens with our keys by the package `web-push`. Throws for an unknown key id. */
export function webPushSignerOf(subject: string, keys: readonly VapidKeys[]): SignVapid {
  return (keyId, audience, expiresSeconds) => {
    const key = keys.find((it) => it.keyId === keyId)
    if (key === undefined) throw new Error(`the VAPID key ${keyId} of a subscription is not here any more`)
    const { publicKey, privateKey } = key
    return webPush.getVapidHeaders(audience, subject, publicKey, privateKey, 'aes128gcm', expiresSeconds).Authorization
  }
}
