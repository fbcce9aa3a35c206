import { expect, test } from 'vitest'
import { fromBase64url } from '../../../src/domain/parsing/base64url.ts'
import { sealUnder, webSeal } from '../../../src/push/crypto/webcrypto-seal.ts'
import { example, sealContract } from '../../contracts/seal.ts'

sealContract(webSeal)

test('with the keys and salt of RFC 8291 Appendix A, the ciphertext is that of the example', async () => {
  const curve = { name: 'ECDH', namedCurve: 'P-256' }
  const point = Buffer.from(example.publicKey, 'base64url')
  const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33)]
  const jwk = { kty: 'EC', crv: 'P-256', x, y, d: example.privateKey }
  const own = {
    publicKey: await crypto.subtle.importKey('raw', point, curve, true, []),
    privateKey: await crypto.subtle.importKey('jwk', jwk, curve, false, ['deriveBits']),
  }
  const salt = fromBase64url(example.salt) ?? new Uint8Array()
  const sealed = await sealUnder(Buffer.from(example.text), example.address, own, salt)
  expect(Buffer.from(sealed).toString('base64url')).toBe(example.sealed)
})
