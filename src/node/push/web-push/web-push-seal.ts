import webPush from 'web-push'
import type { Seal } from '../../../push/crypto/seal.ts'
import { plainBytesMax } from '../node-seal.ts'

/** Encrypts with the package `web-push`: it builds the request's body (RFC 8291) and sends nothing. */
export const webPushSeal: Seal = async (payload, { endpoint, p256dh, auth }) => {
  // For a longer text the package would make a second record, which no browser decrypts (RFC 8291 §4).
  if (payload.length > plainBytesMax)
    throw new RangeError(`a push takes ${plainBytesMax} bytes at most, not ${payload.length}`)
  const subscription = { endpoint, keys: { p256dh, auth } }
  // Without `vapidDetails: null` the package would sign each message. One token serves a whole origin.
  const options = { vapidDetails: null, contentEncoding: 'aes128gcm', TTL: 0 } as unknown as webPush.RequestOptions
  const { body } = webPush.generateRequestDetails(subscription, Buffer.from(payload), options)
  if (body === null) throw new Error('web-push sealed nothing')
  return body
}
