import fc from 'fast-check'
import ece from 'http_ece'
import { expect, test } from 'vitest'
import { webPushSeal } from '../../src/node/push/web-push/web-push-seal.ts'
import type { Seal } from '../../src/push/crypto/seal.ts'
import { addressOf, type BrowserKeys, makeBrowserKeys, openSealed } from '../support/browser/browser-keys.ts'
import { runs } from '../support/effort.ts'

const endpoint = 'https://fcm.googleapis.com/x'
const plainBytesMax = 3_993

/** The example of RFC 8291 Appendix A: what a sealer with these keys and this salt gives. */
export const example = {
  address: {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  },
  privateKey: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  publicKey: 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  text: 'When I grow up, I want to be a watermelon',
  sealed:
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
}

const opened = (body: Uint8Array, { pair, auth }: BrowserKeys) =>
  ece.decrypt(Buffer.from(body), { version: 'aes128gcm', privateKey: pair, authSecret: auth.toString('base64url') })

/** What every sealer of ours must do. */
export function sealContract(seal: Seal): void {
  test('any text of any length opens in http_ece and as a browser opens it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: plainBytesMax }), async (text) => {
        const keys = makeBrowserKeys()
        const sealed = await seal(text, addressOf(endpoint, keys))
        expect(opened(sealed, keys)).toEqual(Buffer.from(text))
        expect(openSealed(sealed, keys)).toEqual(Buffer.from(text))
        expect(sealed.length).toBe(text.length + 103)
      }),
      { numRuns: runs(200) },
    )
  })

  // Around the blocks of the cipher, the length that we send, and what one record takes (RFC 8188 §2: 4,096 bytes in all).
  test.each([0, 1, 15, 16, 17, 127, 128, 2_047, 2_048, 2_049, 3_976, 3_977, 3_992, plainBytesMax])(
    'a text of %i bytes is one last record, and no byte of it is lost',
    async (length) => {
      const keys = makeBrowserKeys()
      // No byte that padding is made of, at neither end.
      const text = Buffer.from(Array.from({ length }, (_, at) => 3 + ((at * 7) % 250)))
      const body = await seal(text, addressOf(endpoint, keys))
      expect(body.length).toBe(86 + length + 1 + 16)
      expect(body.length).toBeLessThanOrEqual(4_096)
      expect(Buffer.from(body).readUInt32BE(16)).toBe(4_096)
      expect(opened(body, keys)).toEqual(text)
      expect(openSealed(body, keys)).toEqual(text)
    },
  )

  test.each([1, 2, 17, 103, 4_096])(
    'a text %i bytes longer than one record takes is refused, and the next one is sealed',
    async (more) => {
      const keys = makeBrowserKeys()
      const address = addressOf(endpoint, keys)
      await expect(seal(new Uint8Array(plainBytesMax + more), address)).rejects.toThrow(/3993 bytes at most/)
      expect(openSealed(await seal(Buffer.from('next'), address), keys).toString()).toBe('next')
    },
  )

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
    const bodies = [await seal(text, address), await webPushSeal(text, address), theirs]
    for (const body of bodies) {
      expect(opened(body, keys)).toEqual(text)
      expect(openSealed(body, keys)).toEqual(text)
      expect(body.length).toBe(bodies[0]?.length)
      expect(Buffer.from(body.subarray(16, 21))).toEqual(Buffer.from(bodies[0]?.subarray(16, 21) ?? []))
    }
  })

  test('sealed many times for one browser, every salt and every key is another', async () => {
    const address = addressOf(endpoint, makeBrowserKeys())
    const bodies = await Promise.all(Array.from({ length: 100 }, () => seal(Buffer.from('hello'), address)))
    for (const [from, to] of [
      [0, 16],
      [21, 86],
    ])
      expect(new Set(bodies.map((body) => Buffer.from(body.subarray(from, to)).toString('hex'))).size).toBe(100)
  })

  test('a text that is too long, or keys that are none, are refused', async () => {
    const address = addressOf(endpoint, makeBrowserKeys())
    await expect(seal(new Uint8Array(plainBytesMax + 1), address)).rejects.toThrow(/3993 bytes at most/)
    await expect(seal(new Uint8Array(1), { ...address, auth: 'AAAA' })).rejects.toThrow(/16/)
    await expect(seal(new Uint8Array(1), { ...address, p256dh: 'BAAA' })).rejects.toThrow(/65/)
    const offCurve = Buffer.from(address.p256dh, 'base64url')
    offCurve[64] = (offCurve[64] ?? 0) ^ 1
    await expect(seal(new Uint8Array(1), { ...address, p256dh: offCurve.toString('base64url') })).rejects.toThrow()
  })
}
