import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeAddressCrypto } from '../../../src/node/push/node-address-encryption.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import type { PushAddress } from '../../../src/push/subscriptions/subscription.ts'

const secret = randomBytes(32)
const web = await AddressEncryption.make(secret)
const lean = await AddressEncryption.make(secret, nodeAddressCrypto(secret))
const addresses = fc.record<PushAddress>({ endpoint: fc.string(), p256dh: fc.string(), auth: fc.string() })

test('what one kind of vault closes, the other opens, and they find the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(addresses, async (address) => {
      const hash = await lean.endpointHash(address.endpoint)
      expect(await web.endpointHash(address.endpoint)).toEqual(hash)
      expect(await web.addressHash(address)).toEqual(await lean.addressHash(address))
      expect(await web.tokenHash(address.auth)).toEqual(await lean.tokenHash(address.auth))
      expect(await web.decrypt(await lean.encrypt(address, hash), hash)).toEqual(address)
      expect(await lean.decrypt(await web.encrypt(address, hash), hash)).toEqual(address)
    }),
  )
})

test('an address that was changed, cut or moved to another row does not open', async () => {
  const address = { endpoint: 'https://fcm.googleapis.com/x', p256dh: 'p', auth: 'a' }
  const hash = await lean.endpointHash(address.endpoint)
  const closed = await lean.encrypt(address, hash)
  const other = await lean.endpointHash('https://fcm.googleapis.com/y')
  await expect(lean.decrypt(closed, other)).rejects.toThrow()
  await expect(lean.decrypt(closed.subarray(0, 10), hash)).rejects.toThrow()
  for (const at of [0, 12, closed.length - 1]) {
    const changed = Uint8Array.from(closed)
    changed[at] = (changed[at] ?? 0) ^ 1
    await expect(lean.decrypt(changed, hash)).rejects.toThrow()
  }
  const stranger = await AddressEncryption.make(randomBytes(32), nodeAddressCrypto(randomBytes(32)))
  await expect(stranger.decrypt(closed, hash)).rejects.toThrow()
})

test('random bytes are given once each, whatever lengths are asked for', () => {
  const { random } = nodeAddressCrypto(secret)
  const given = Array.from({ length: 2_000 }, (_, at) => random(12 + (at % 40)))
  expect(given.every((bytes, at) => bytes.length === 12 + (at % 40))).toBe(true)
  // No piece of one stands in another: neither a tail that was left over, nor what was given before.
  const pieces = given.flatMap((bytes) => [0, 6].map((at) => Buffer.from(bytes.subarray(at, at + 6)).toString('hex')))
  expect(new Set(pieces).size).toBe(pieces.length)
  expect(random(5_000).length).toBe(5_000)
})
