import { createDecipheriv, createECDH, createHmac, type ECDH, randomBytes } from 'node:crypto'
import type { PushAddress } from '../../../src/push/subscriptions/subscription.ts'

/** What a browser keeps of a subscription: it alone can open what was sealed for it. */
export type BrowserKeys = { readonly pair: ECDH; readonly auth: Buffer }

export function makeBrowserKeys(): BrowserKeys {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  return { pair, auth: randomBytes(16) }
}

export function addressOf(endpoint: string, { pair, auth }: BrowserKeys): PushAddress {
  return { endpoint, p256dh: pair.getPublicKey('base64url'), auth: auth.toString('base64url') }
}

/** Opens a sealed body as a browser does, after RFC 8291 §3.4 and RFC 8188 §2, written without the sender's code. */
export function openSealed(body: Uint8Array, { pair, auth }: BrowserKeys): Buffer {
  const bytes = Buffer.from(body)
  const salt = bytes.subarray(0, 16)
  const idLength = bytes[20] ?? 0
  const senderKey = bytes.subarray(21, 21 + idLength)
  const sealed = bytes.subarray(21 + idLength)
  if (sealed.length > bytes.readUInt32BE(16)) throw new Error('more than one record')
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), senderKey])
  const secret = derive(auth, pair.computeSecret(senderKey), info, 32)
  const key = derive(salt, secret, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = derive(salt, secret, Buffer.from('Content-Encoding: nonce\0'), 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(sealed.subarray(-16))
  const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end -= 1
  if (padded[end] !== 2) throw new Error('the last record does not end in 0x02')
  return padded.subarray(0, end)
}

function derive(salt: Buffer, input: Buffer, info: Buffer, length: number): Buffer {
  const key = createHmac('sha256', salt).update(input).digest()
  return createHmac('sha256', key)
    .update(info)
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, length)
}
