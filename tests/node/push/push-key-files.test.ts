import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import webPush from 'web-push'
import { loadSecret, loadVapidKeys, vapidKeysWith } from '../../../src/node/push/push-key-files.ts'
import { VapidTokens } from '../../../src/push/crypto/vapid-tokens.ts'
import { vapidKeysOf, webSignerOf } from '../../../src/push/crypto/webcrypto-vapid.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

test('keys and secret are made once, kept, and readable by their owner only', async () => {
  const folder = join(scratchFolder(clean), 'data')
  const keys = await loadVapidKeys(folder)
  const secret = loadSecret(folder)
  expect(secret).toHaveLength(32)
  expect(await loadVapidKeys(folder)).toEqual(keys)
  expect(loadSecret(folder)).toEqual(secret)
  expect(readdirSync(folder)).toHaveLength(2)
  for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
})

test('damaged keys are an error, not new keys', async () => {
  const folder = scratchFolder(clean)
  await loadVapidKeys(folder)
  loadSecret(folder)
  for (const file of readdirSync(folder)) {
    chmodSync(join(folder, file), 0o600)
    writeFileSync(join(folder, file), '{"publicKey":"x","privateKey":"y"}')
  }
  await expect(loadVapidKeys(folder)).rejects.toThrow('VAPID')
  expect(() => loadSecret(folder)).toThrow(/damaged.*Put it back from the backup/)
})

const newPair = () => {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys()
  return vapidKeysOf(publicKey, privateKey)
}

test('a new pair goes before the former ones, which stay, also when the new one is not given any more', async () => {
  const folder = scratchFolder(clean)
  const [first] = await loadVapidKeys(folder)
  const [second, third] = [await newPair(), await newPair()]
  expect(await vapidKeysWith(folder, second)).toEqual([second, first])
  expect(await vapidKeysWith(folder, second)).toEqual([second, first])
  expect(await vapidKeysWith(folder, third)).toEqual([third, second, first])
  expect(await loadVapidKeys(folder)).toEqual([third, second, first])
  expect(statSync(join(folder, 'vapid.json')).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['vapid.json'])
  // Back to an older one: it is the present one again, and none is lost.
  expect(await vapidKeysWith(folder, second)).toEqual([second, third, first])
})

test('a pair that is given to a new folder is kept as its only one', async () => {
  const folder = scratchFolder(clean)
  const given = await newPair()
  expect(await vapidKeysWith(folder, given)).toEqual([given])
  expect(await loadVapidKeys(folder)).toEqual([given])
})

test('an empty list of keys is an error', async () => {
  const folder = scratchFolder(clean)
  writeFileSync(join(folder, 'vapid.json'), '[]')
  await expect(loadVapidKeys(folder)).rejects.toThrow(/empty list.*Put it back from a backup/)
})

test('one token serves an origin for six hours, and is signed for twelve', async () => {
  const keys = await newPair()
  let nowMs = Date.now()
  const tokens = new VapidTokens(webSignerOf('mailto:desk@news.example', [keys]), () => nowMs)
  const first = await tokens.authorization(keys.keyId, 'https://fcm.googleapis.com')
  const [, claims = ''] = /^vapid t=[\w-]+\.([\w-]+)\.[\w-]+, k=[\w-]+$/.exec(first) ?? []
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
    aud: 'https://fcm.googleapis.com',
    exp: Math.floor(nowMs / 1_000) + 12 * 60 * 60,
    sub: 'mailto:desk@news.example',
  })
  expect(await tokens.authorization(keys.keyId, 'https://web.push.apple.com')).not.toBe(first)
  nowMs += 6 * 60 * 60 * 1_000 - 2_000
  // Nobody waits for what has been signed.
  expect(tokens.authorization(keys.keyId, 'https://fcm.googleapis.com')).toBe(first)
  nowMs += 3_000
  expect(await tokens.authorization(keys.keyId, 'https://fcm.googleapis.com')).not.toBe(first)
  await expect(async () => tokens.authorization('unknown', 'https://fcm.googleapis.com')).rejects.toThrow('VAPID key')
})
