import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeSeal } from '../../../src/node/push/node-seal.ts'
import { webPushSeal } from '../../../src/node/push/web-push/web-push-seal.ts'
import { isPublicKey } from '../../../src/push/crypto/p256.ts'
import { makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { runs } from '../../support/effort.ts'

const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
const text = new TextEncoder().encode('{}')
const auth = Buffer.alloc(16, 1).toString('base64url')

/** Whether each implementation of the encryption accepts this key. */
async function encryptsTo(key: Uint8Array): Promise<readonly boolean[]> {
  const address = {
    endpoint: 'https://fcm.googleapis.com/x',
    p256dh: Buffer.from(key).toString('base64url'),
    auth,
  }
  const results = [nodeSeal, webPushSeal].map((seal) => seal(text, address))
  return (await Promise.allSettled(results)).map(({ status }) => status === 'fulfilled')
}

async function expectSameAsEncryption(key: Uint8Array): Promise<void> {
  const accepted = isPublicKey(key)
  expect(await encryptsTo(key)).toEqual([accepted, accepted])
}

function pointOf(x: bigint, y: bigint): Uint8Array {
  const coordinate = (number: bigint) => number.toString(16).padStart(64, '0')
  return Buffer.from(`04${coordinate(x)}${coordinate(y)}`, 'hex')
}

const flip = (key: Buffer, at: number, bits: number): Buffer => {
  const changed = Buffer.from(key)
  changed[at] = (changed[at] ?? 0) ^ bits
  return changed
}

test('every key of a browser is accepted, at any offset of its buffer', () => {
  for (let time = 0; time < 200; time += 1) {
    const key = makeBrowserKeys().pair.getPublicKey()
    expect(isPublicKey(key)).toBe(true)
    expect(isPublicKey(Buffer.concat([Buffer.alloc(3), key]).subarray(3))).toBe(true)
  }
})

test('a key is refused exactly when encryption refuses it: valid keys, keys with one wrong byte, and any bytes', async () => {
  const right = fc.constant(0).map(() => makeBrowserKeys().pair.getPublicKey())
  // The first byte, the encoding, is tested below: OpenSSL also accepts the hybrid encodings, 6 and 7.
  const wrong = fc
    .tuple(right, fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 255 }))
    .map(([key, at, bits]) => flip(key, at, bits))
  const any = fc.uint8Array({ minLength: 64, maxLength: 64 }).map((rest) => Buffer.concat([Buffer.from([4]), rest]))
  await fc.assert(fc.asyncProperty(fc.oneof(right, wrong, any), expectSameAsEncryption), { numRuns: runs(300) })
})

test('the negative of a point is accepted; a coordinate of p or more and the origin are refused, as by the encryption', async () => {
  const key = makeBrowserKeys().pair.getPublicKey()
  const [x, y] = [1, 33].map((at) => BigInt(`0x${key.subarray(at, at + 32).toString('hex')}`)) as [bigint, bigint]
  expect(isPublicKey(pointOf(x, p - y))).toBe(true)
  await expectSameAsEncryption(pointOf(x, p - y))
  // x = 5 is on the curve; 5 + p fits into 32 bytes and is the same point in another encoding.
  const small = squareRoot(5n ** 3n - 3n * 5n + b)
  expect(isPublicKey(pointOf(5n, small))).toBe(true)
  const refused = [pointOf(5n + p, small), pointOf(p, 0n), pointOf(0n, p), pointOf(0n, 0n), pointOf(x, y + 1n)]
  for (const wrong of refused) {
    expect(isPublicKey(wrong)).toBe(false)
    await expectSameAsEncryption(wrong)
  }
})

test('a key of another encoding or length is refused', () => {
  const key = makeBrowserKeys().pair.getPublicKey()
  for (const wrong of [key.subarray(1), Buffer.concat([key, key.subarray(0, 1)]), Buffer.alloc(0)])
    expect(isPublicKey(wrong)).toBe(false)
  for (const form of [0, 2, 3, 6, 7])
    expect(isPublicKey(Buffer.concat([Buffer.from([form]), key.subarray(1)]))).toBe(false)
})

const b = 0x5ac635d8_aa3a93e7_b3ebbd55_769886bc_651d06b0_cc53b0f6_3bce3c3e_27d2604bn

/** A square root modulo p, which leaves 3 when divided by 4. Throws when there is none. */
function squareRoot(square: bigint): bigint {
  const wanted = ((square % p) + p) % p
  let [root, base] = [1n, wanted]
  for (let exponent = (p + 1n) / 4n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) root = (root * base) % p
    base = (base * base) % p
  }
  if ((root * root) % p !== wanted) throw new Error('no square')
  return root
}
