import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { checkByPackage, openVerifier } from '../../../src/signing/verify/verifier.ts'

test('Web Crypto and the package agree on every signature, right or wrong', async () => {
  const [verifier, byPackage] = [await openVerifier(), await checkByPackage()]
  if (verifier === null) throw new Error('Node has Web Crypto')
  const signer = nodeSigner(randomBytes(32))
  const other = nodeSigner(randomBytes(32))
  for (let nth = 0; nth < 40; nth += 1) {
    const bytes = new Uint8Array(randomBytes(nth))
    const right = signer.sign(bytes)
    const flipped = Uint8Array.from(right, (byte, at) => (at === nth ? byte ^ 1 : byte))
    for (const [by, sig, expected] of [
      [signer, right, true],
      [signer, flipped, false],
      [other, right, false],
    ] as const) {
      const text = Buffer.from(sig).toString('base64url')
      expect(await verifier.verify(by.publicKey, text, bytes)).toBe(expected)
      const key = new Uint8Array(Buffer.from(by.publicKey, 'base64url'))
      expect(await byPackage(key, new Uint8Array(sig), bytes)).toBe(expected)
    }
  }
})

test('keys and signatures that are none are refused, never an error', async () => {
  const [verifier, byPackage] = [await openVerifier(), await checkByPackage()]
  const zeros = Buffer.alloc(64).toString('base64url')
  for (const key of [
    '',
    'x',
    'A'.repeat(43),
    `${'_'.repeat(42)}8`,
    zeros,
    '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  ])
    for (const sig of ['', 'x', '=', zeros, `${zeros}A`]) {
      expect(await verifier?.verify(key, sig, new Uint8Array(3))).toBe(false)
      const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'))
      expect(await byPackage(bytes(key), bytes(sig), new Uint8Array(3))).toBe(false)
    }
})

test('where there is no Web Crypto there is no verifier', async () => {
  const { crypto } = globalThis
  Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true })
  try {
    expect(await openVerifier()).toBeNull()
  } finally {
    Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true })
  }
})
