import { createECDH, createHash, createPublicKey, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import webPush from 'web-push'
import type { VapidKeys } from '../../../src/push/crypto/vapid-key-set.ts'
import { VapidTokens } from '../../../src/push/crypto/vapid-tokens.ts'
import { makeVapidKeys, vapidFault, vapidKeysOf, webSignerOf } from '../../../src/push/crypto/webcrypto-vapid.ts'

const subject = 'mailto:desk@news.example'
const origin = 'https://fcm.googleapis.com'

function claimsOf(authorization: string, { publicKey }: VapidKeys): unknown {
  const [, head = '', claims = '', signature = '', key] =
    /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)$/.exec(authorization) ?? []
  expect(key).toBe(publicKey)
  expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({ typ: 'JWT', alg: 'ES256' })
  const point = Buffer.from(publicKey, 'base64url')
  const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33)]
  const known = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  const signed = Buffer.from(`${head}.${claims}`)
  const bytes = Buffer.from(signature, 'base64url')
  expect(verify('sha256', signed, { key: known, dsaEncoding: 'ieee-p1363' }, bytes)).toBe(true)
  return JSON.parse(Buffer.from(claims, 'base64url').toString())
}

test('tokens are signed with the named key, and have the claims aud, exp and sub', async () => {
  const [present, older] = [await makeVapidKeys(), await makeVapidKeys()]
  const sign = webSignerOf(subject, [present, older])
  for (const keys of [present, older, present])
    expect(claimsOf(await sign(keys.keyId, origin, 1_900_000_000), keys)).toEqual({
      aud: origin,
      exp: 1_900_000_000,
      sub: subject,
    })
  await expect(sign('unknown', origin, 1)).rejects.toThrow('VAPID key')
})

test('keys of the library web-push are accepted unchanged, and keys made here are a pair for the crypto module of Node', async () => {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys()
  const keyId = createHash('sha256').update(publicKey).digest('base64url').slice(0, 8)
  expect(await vapidKeysOf(publicKey, privateKey)).toEqual({ keyId, publicKey, privateKey })
  const made = await makeVapidKeys()
  const pair = createECDH('prime256v1')
  pair.setPrivateKey(Buffer.from(made.privateKey, 'base64url'))
  expect(pair.getPublicKey('base64url')).toBe(made.publicKey)
})

test.each([1n, 255n, 256n, 2n ** 128n + 7n, 2n ** 240n - 1n, 2n ** 248n - 1n, 2n ** 255n])(
  'the private key %i, with its leading zeros, is a pair with its public key, and with no other',
  async (number) => {
    const pair = createECDH('prime256v1')
    const privateKey = Buffer.from(number.toString(16).padStart(64, '0'), 'hex')
    pair.setPrivateKey(privateKey)
    expect(await vapidFault(pair.getPublicKey('base64url'), privateKey.toString('base64url'))).toBeNull()
    const other = webPush.generateVAPIDKeys()
    expect(await vapidFault(other.publicKey, privateKey.toString('base64url'))).toContain('not a pair')
  },
)

test('two keys that are not a pair are refused', async () => {
  const [a, b] = [webPush.generateVAPIDKeys(), webPush.generateVAPIDKeys()]
  for (const [open, secret] of [
    [a.publicKey, b.privateKey],
    ['', a.privateKey],
    [a.publicKey, ''],
    [a.publicKey, 'A'.repeat(43)],
    [`${a.publicKey.slice(0, -1)}_`, a.privateKey],
  ])
    await expect(vapidKeysOf(open ?? '', secret ?? '')).rejects.toThrow('VAPID')
})

test('concurrent callers share one signing, and a signing that failed is repeated by the next caller', async () => {
  let signatures = 0
  let broken = true
  const sign = async () => {
    signatures += 1
    if (broken) throw new Error('no signature')
    return `vapid ${signatures}`
  }
  const tokens = new VapidTokens(sign, () => 1_000)
  const failed = await Promise.allSettled([tokens.authorization('k', origin), tokens.authorization('k', origin)])
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(signatures).toBe(1)
  broken = false
  expect(await Promise.all([tokens.authorization('k', origin), tokens.authorization('k', origin)])).toEqual([
    'vapid 2',
    'vapid 2',
  ])
  tokens.invalidate('k', origin)
  expect(await tokens.authorization('k', origin)).toBe('vapid 3')
})
