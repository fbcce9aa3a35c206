import webPush from 'web-push'
import type { Seal } from '../../../push/crypto/seal.ts'
import { plainBytesMax } from '../node-seal.ts'

/** Seals through the library `web-push`: it builds the request's body (RFC 8291) and sends nothing. */
export const webPushSeal: Seal = async (payload, { endpoint, p256dh, auth }) => {
  // The library would make a second record of what is longer, which no browser opens (RFC 8291 §4).
  if (payload.length > plainBytesMax)
    throw new RangeError(`a push takes ${plainBytesMax} bytes at most, not ${payload.length}`)
  const subscription = { endpoint, keys: { p256dh, auth } }
  // Without `vapidDetails: null` it would sign each message; one token serves a whole origin.
  const options = { vapidDetails: null, contentEncoding: 'aes128gcm', TTL: 0 } as unknown as webPush.RequestOptions
  const { body } = webPush.generateRequestDetails(subscription, Buffer.from(payload), options)
  if (body === null) throw new Error('web-push sealed nothing')
  return body
}
