import { type Bytes, fromBase64url, toBase64url } from '../../domain/parsing/base64url.ts'
import { type Key, sha256 } from './hmac.ts'
import { type VapidKeys, vapidFormFault } from './vapid-key-set.ts'
import type { SignVapid } from './vapid-tokens.ts'

/** VAPID keys and tokens on WebCrypto alone (RFC 8292, RFC 7518 §3.4). */

const curve = { name: 'ECDSA', namedCurve: 'P-256' }
const signing = { name: 'ECDSA', hash: 'SHA-256' }
const keyIdLength = 8
const coordinateBytes = 32
const encoder = new TextEncoder()

/** What is wrong with a pair of VAPID keys, in a sentence, or null. */
export async function vapidFault(publicKey: string, privateKey: string): Promise<string | null> {
  const fault = vapidFormFault(publicKey, privateKey)
  if (fault !== null) return fault
  return (await isPair(publicKey, privateKey)) ? null : 'The VAPID keys are not a pair.'
}

/** Gives a pair its key id. Rejects with an Error with the sentence of `vapidFault`. */
export async function vapidKeysOf(publicKey: string, privateKey: string): Promise<VapidKeys> {
  const fault = await vapidFault(publicKey, privateKey)
  if (fault !== null) throw new Error(fault)
  const keyId = toBase64url(await sha256(publicKey)).slice(0, keyIdLength)
  return { keyId, publicKey, privateKey }
}

/** A new pair. */
export async function makeVapidKeys(): Promise<VapidKeys> {
  const pair = (await crypto.subtle.generateKey(curve, true, ['sign', 'verify'])) as {
    readonly publicKey: Key
    readonly privateKey: Key
  }
  const point = new Uint8Array((await crypto.subtle.exportKey('raw', pair.publicKey)) as ArrayBuffer)
  const jwk = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as { readonly d?: string }
  return vapidKeysOf(toBase64url(point), jwk.d ?? '')
}

/** Signs VAPID tokens with our keys. Each private key is imported once. */
export function webSignerOf(subject: string, keys: readonly VapidKeys[]): SignVapid {
  const imported = new Map<string, Promise<Key>>()
  return async (keyId, audience, expiresSeconds) => {
    const key = keys.find((it) => it.keyId === keyId)
    if (key === undefined) throw new Error(`the VAPID key ${keyId} of a subscription is not here any more`)
    const signer = imported.get(keyId) ?? privateKeyOf(key)
    imported.set(keyId, signer)
    const header = encodePart({ typ: 'JWT', alg: 'ES256' })
    const signed = `${header}.${encodePart({ aud: audience, exp: expiresSeconds, sub: subject })}`
    const signature = await crypto.subtle.sign(signing, await signer, encoder.encode(signed))
    return `vapid t=${signed}.${toBase64url(new Uint8Array(signature))}, k=${key.publicKey}`
  }
}

function encodePart(content: object): string {
  return toBase64url(encoder.encode(JSON.stringify(content)))
}

/**
 * Whether the two keys are a pair: a signature by the private key must verify with the public one. A key that the
 * platform cannot import is none.
 */
async function isPair(publicKey: string, privateKey: string): Promise<boolean> {
  try {
    const text = encoder.encode('a pair?')
    const signer = await privateKeyOf({ publicKey, privateKey })
    const verifier = await crypto.subtle.importKey('raw', pointOf(publicKey), curve, false, ['verify'])
    return await crypto.subtle.verify(signing, verifier, await crypto.subtle.sign(signing, signer, text), text)
  } catch {
    return false
  }
}

async function privateKeyOf({ publicKey, privateKey }: Omit<VapidKeys, 'keyId'>): Promise<Key> {
  const point = pointOf(publicKey)
  const x = toBase64url(point.subarray(1, 1 + coordinateBytes))
  const y = toBase64url(point.subarray(1 + coordinateBytes))
  const jwk = { kty: 'EC', crv: 'P-256', x, y, d: privateKey }
  return crypto.subtle.importKey('jwk', jwk, curve, false, ['sign'])
}

function pointOf(publicKey: string): Bytes {
  const point = fromBase64url(publicKey)
  if (point === null) throw new Error('The public VAPID key is not in canonical base64url.')
  return point
}
