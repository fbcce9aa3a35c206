import { createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headAnswer, newsroomAnswer } from '../../../../src/http/openapi/response-schemas.ts'
import { followKeys, type TrustedKeys } from '../../../../src/signing/verify/key-trust.ts'
import { openVerifier } from '../../../../src/signing/verify/verifier.ts'
import { verifyBundle } from '../../../../src/signing/verify/verify-bundle.ts'
import { verifyHead, verifyMirrors } from '../../../../src/signing/verify/verify-statements.ts'
import { english, publish } from '../../../support/processes/service.ts'
import type { Door } from '../surface.ts'

/** What is signed besides entries, whatever stands behind the door. */
export function signaturesSuite(name: string, open: () => Promise<Door>): void {
  describe(`signatures on ${name}`, () => {
    let door: Door
    beforeAll(async () => {
      door = await open()
    })
    afterAll(() => door.close())

    const read = async (path: string) => (await fetch(new URL(path, door.url))).json()

    test('the keys, the mirrors and the head verify, by our verifier and by Node’s own', async () => {
      const verifier = await openVerifier()
      if (verifier === null) throw new Error('Node has Web Crypto')
      const { signingKeys, mirrors } = newsroomAnswer.parse(await read('/v1/newsroom'))
      const verdict = await followKeys(verifier, null, signingKeys)
      expect(verdict).toEqual({ kind: 'followed', keys: signingKeys })
      const keys = signingKeys as unknown as TrustedKeys
      const { key: _, sig: __, ...list } = mirrors
      expect(await verifyMirrors(verifier, keys, mirrors)).toEqual(list)
      const { seq } = await publish(door.url, english('Signed'))
      await expect.poll(async () => headAnswer.parse(await read('/v1/head')).head).toBe(seq)
      const { key, sig, ...head } = headAnswer.parse(await read('/v1/head'))
      expect(await verifyHead(verifier, keys, { ...head, key, sig })).toEqual(head)
      expect(await verifyHead(verifier, keys, { ...head, head: head.head + 1, key, sig })).toBeNull()
      const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: keys[0].publicKey }, format: 'jwk' })
      const text = `{"at":"${head.at}","epoch":"${head.epoch}","head":${head.head}}`
      expect(verify(null, Buffer.from(text), publicKey, Buffer.from(sig, 'base64url'))).toBe(true)
    })

    test('a bundle verifies; it comes in Brotli, and a download goes on where it was cut off, but not in another version', async () => {
      const verifier = await openVerifier()
      if (verifier === null) throw new Error('Node has Web Crypto')
      const { seq } = await publish(door.url, english('In a bundle'))
      const ask = (headers: Readonly<Record<string, string>>) => fetch(new URL('/v1/bundle/en', door.url), { headers })
      const plain = { 'accept-encoding': 'identity' }
      const { signingKeys } = newsroomAnswer.parse(await read('/v1/newsroom'))
      const keys = signingKeys as unknown as TrustedKeys
      const whole = await ask(plain)
      const bytes = new Uint8Array(await whole.arrayBuffer())
      const report = await verifyBundle(verifier, bytes, keys)
      expect(report.faults).toEqual([])
      expect(report.entries.at(-1)?.seq).toBe(seq)
      const coded = await ask({ 'accept-encoding': 'br' })
      expect(coded.headers.get('content-encoding')).toBe('br')
      expect(new Uint8Array(await coded.arrayBuffer())).toEqual(bytes)
      const from = { ...plain, range: 'bytes=500-', 'if-range': whole.headers.get('etag') ?? '' }
      const rest = await ask(from)
      expect([rest.status, rest.headers.get('content-range')]).toEqual([
        206,
        `bytes 500-${bytes.length - 1}/${bytes.length}`,
      ])
      expect(new Uint8Array(await rest.arrayBuffer())).toEqual(bytes.subarray(500))
      await publish(door.url, english('Another version'))
      await expect.poll(async () => (await ask(from)).status).toBe(200)
      expect((await ask({ 'if-none-match': (await ask(plain)).headers.get('etag') ?? '' })).status).toBe(304)
    })
  })
}
