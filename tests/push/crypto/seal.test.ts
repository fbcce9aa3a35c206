import { createECDH } from 'node:crypto'
import { expect, test } from 'vitest'
import { webPushSeal } from '../../../src/node/push/web-push/web-push-seal.ts'
import { addressOf, makeBrowserKeys, openSealed } from '../../support/browser/browser-keys.ts'

test('the decryption of the tests decrypts the example of RFC 8291 Appendix A', () => {
  const pair = createECDH('prime256v1')
  pair.setPrivateKey(Buffer.from('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94', 'base64url'))
  const body = Buffer.from(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    'base64url',
  )
  const keys = { pair, auth: Buffer.from('BTBZMqHH6r4Tts7J_aSIgg', 'base64url') }
  expect(openSealed(body, keys).toString()).toBe('When I grow up, I want to be a watermelon')
})

test('a ciphertext decrypts with the keys of its browser and with no others', async () => {
  const keys = makeBrowserKeys()
  const address = addressOf('https://fcm.googleapis.com/x', keys)
  const sealed = await webPushSeal(Buffer.from('hello'), address)
  expect(openSealed(sealed, keys).toString()).toBe('hello')
  expect(() => openSealed(sealed, makeBrowserKeys())).toThrow()
})

test('two encryptions have different salts and key pairs', async () => {
  const address = addressOf('https://fcm.googleapis.com/x', makeBrowserKeys())
  const [a, b] = await Promise.all([
    webPushSeal(Buffer.from('hello'), address),
    webPushSeal(Buffer.from('hello'), address),
  ])
  expect(Buffer.from(a.subarray(0, 16))).not.toEqual(Buffer.from(b.subarray(0, 16)))
  expect(Buffer.from(a.subarray(21, 86))).not.toEqual(Buffer.from(b.subarray(21, 86)))
})

test('the ciphertext of a full payload is within the size that every push service accepts', async () => {
  const sealed = await webPushSeal(
    Buffer.alloc(2_048, 0x20),
    addressOf('https://fcm.googleapis.com/x', makeBrowserKeys()),
  )
  expect(sealed.length).toBeLessThanOrEqual(2_200)
})
