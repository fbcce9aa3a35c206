import { createPublicKey, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import webPush from 'web-push'
import { vapidKeysOf } from '../../../src/node/push/vapid-keys.ts'
import type { VapidKeys } from '../../../src/push/crypto/vapid-key-set.ts'
import { VapidTokens } from '../../../src/push/crypto/vapid-tokens.ts'
import { makeWebVapidKeys, webSignerOf, webVapidKeysOf } from '../../../src/push/crypto/webcrypto-vapid.ts'

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

test('tokens are signed with the key that was asked for, and say whom, until when and who', async () => {
  const [present, older] = [await makeWebVapidKeys(), await makeWebVapidKeys()]
  const sign = webSignerOf(subject, [present, older])
  for (const keys of [present, older, present])
    expect(claimsOf(await sign(keys.keyId, origin, 1_900_000_000), keys)).toEqual({
      aud: origin,
      exp: 1_900_000_000,
      sub: subject,
    })
  await expect(sign('unknown', origin, 1)).rejects.toThrow('VAPID key')
})

test('keys of web-push are the same keys here as on Node, and keys made here are keys there', async () => {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys()
  expect(await webVapidKeysOf(publicKey, privateKey)).toEqual(vapidKeysOf(publicKey, privateKey))
  const made = await makeWebVapidKeys()
  expect(vapidKeysOf(made.publicKey, made.privateKey)).toEqual(made)
})

test('keys that are no pair are refused', async () => {
  const [a, b] = [webPush.generateVAPIDKeys(), webPush.generateVAPIDKeys()]
  for (const [open, secret] of [
    [a.publicKey, b.privateKey],
    ['', a.privateKey],
    [a.publicKey, ''],
    [a.publicKey, 'A'.repeat(43)],
    [`${a.publicKey.slice(0, -1)}_`, a.privateKey],
  ])
    await expect(webVapidKeysOf(open ?? '', secret ?? '')).rejects.toThrow('VAPID')
})

test('all who ask at once wait for one signature, and one that failed is tried anew', async () => {
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
  tokens.renew('k', origin)
  expect(await tokens.authorization('k', origin)).toBe('vapid 3')
})
