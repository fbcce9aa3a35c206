import { createECDH } from 'node:crypto'
import fc from 'fast-check'
import ece from 'http_ece'
import { expect, test } from 'vitest'
import { deriveRecord, leanSeal, makeRecord, plainBytesMax, recordBytes, sealWith } from '../src/node/lean-seal.ts'
import { webPushSeal } from '../src/node/web-push-seal.ts'
import { addressOf, type BrowserKeys, makeBrowserKeys, openSealed } from './support/browser-keys.ts'

const bytesOf = (text: string) => Buffer.from(text, 'base64url')
const endpoint = 'https://fcm.googleapis.com/x'

const opened = (body: Uint8Array, { pair, auth }: BrowserKeys) =>
  ece.decrypt(Buffer.from(body), { version: 'aes128gcm', privateKey: pair, authSecret: auth.toString('base64url') })

test('with the keys and salt of RFC 8291 Appendix A it seals exactly the example', () => {
  const address = {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  }
  const own = createECDH('prime256v1')
  own.setPrivateKey(bytesOf('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'))
  const record = new Uint8Array(recordBytes)
  deriveRecord(address, own, bytesOf('DGv6ra1nlYgDCS1FRnbzlw'), record)
  expect(Buffer.from(record.subarray(81, 97)).toString('base64url')).toBe('oIhVW04MRdy2XN9CiKLxTg')
  expect(Buffer.from(record.subarray(97)).toString('base64url')).toBe('4h_95klXJ5E_qnoN')
  const sealed = sealWith(record, Buffer.from('When I grow up, I want to be a watermelon'))
  expect(Buffer.from(sealed).toString('base64url')).toBe(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  )
})

test('any text of any length opens in http_ece and as a browser opens it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: plainBytesMax }), async (text) => {
      const keys = makeBrowserKeys()
      const sealed = await leanSeal(text, addressOf(endpoint, keys))
      expect(opened(sealed, keys)).toEqual(Buffer.from(text))
      expect(openSealed(sealed, keys)).toEqual(Buffer.from(text))
      expect(sealed.length).toBe(text.length + 103)
    }),
    { numRuns: 200 },
  )
})

test('bodies of this sealer, of web-push and of http_ece are alike and open in each other’s reader', async () => {
  const keys = makeBrowserKeys()
  const address = addressOf(endpoint, keys)
  const text = Buffer.alloc(2_048, 'x')
  const theirs = ece.encrypt(text, {
    version: 'aes128gcm',
    dh: address.p256dh,
    privateKey: makeBrowserKeys().pair,
    authSecret: address.auth,
  })
  const bodies = [await leanSeal(text, address), await webPushSeal(text, address), theirs]
  for (const body of bodies) {
    expect(opened(body, keys)).toEqual(text)
    expect(openSealed(body, keys)).toEqual(text)
    expect(body.length).toBe(bodies[0]?.length)
    expect(Buffer.from(body.subarray(16, 21))).toEqual(Buffer.from(bodies[0]?.subarray(16, 21) ?? []))
  }
})

test('no two seals share a salt, a public key or a nonce', async () => {
  const address = addressOf(endpoint, makeBrowserKeys())
  const records = Array.from({ length: 500 }, () => {
    const record = Buffer.alloc(recordBytes)
    makeRecord(address, record)
    return record
  })
  for (const [from, to] of [
    [0, 16],
    [16, 81],
    [81, 97],
    [97, 109],
  ])
    expect(new Set(records.map((record) => record.subarray(from, to).toString('hex'))).size).toBe(500)
})

test('a record that has sealed is zeros and does not open anything of its browser any more', () => {
  const keys = makeBrowserKeys()
  const record = new Uint8Array(recordBytes)
  makeRecord(addressOf(endpoint, keys), record)
  expect(openSealed(sealWith(record, Buffer.from('once')), keys).toString()).toBe('once')
  expect(record.every((byte) => byte === 0)).toBe(true)
})

test('a text that is too long, or keys that are none, are refused', async () => {
  const address = addressOf(endpoint, makeBrowserKeys())
  await expect(leanSeal(new Uint8Array(plainBytesMax + 1), address)).rejects.toThrow(/3993 bytes at most/)
  await expect(leanSeal(new Uint8Array(1), { ...address, auth: 'AAAA' })).rejects.toThrow(/16/)
  await expect(leanSeal(new Uint8Array(1), { ...address, p256dh: 'BAAA' })).rejects.toThrow(/65/)
  const offCurve = Buffer.from(address.p256dh, 'base64url')
  offCurve[64] = (offCurve[64] ?? 0) ^ 1
  await expect(leanSeal(new Uint8Array(1), { ...address, p256dh: offCurve.toString('base64url') })).rejects.toThrow()
})
