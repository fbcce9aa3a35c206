import { createECDH } from 'node:crypto'
import { expect, test } from 'vitest'
import { deriveRecord, makeRecord, nodeSeal, recordBytes, sealWith } from '../../../src/node/push/node-seal.ts'
import { example, sealContract } from '../../contracts/seal.ts'
import { addressOf, makeBrowserKeys, openSealed } from '../../support/browser/browser-keys.ts'

const bytesOf = (text: string) => Buffer.from(text, 'base64url')
const endpoint = 'https://fcm.googleapis.com/x'

test('with the keys and salt of RFC 8291 Appendix A it seals exactly the example', () => {
  const own = createECDH('prime256v1')
  own.setPrivateKey(bytesOf(example.privateKey))
  const record = new Uint8Array(recordBytes)
  deriveRecord(example.address, own, bytesOf(example.salt), record)
  expect(Buffer.from(record.subarray(81, 97)).toString('base64url')).toBe('oIhVW04MRdy2XN9CiKLxTg')
  expect(Buffer.from(record.subarray(97)).toString('base64url')).toBe('4h_95klXJ5E_qnoN')
  const sealed = sealWith(record, Buffer.from(example.text))
  expect(Buffer.from(sealed).toString('base64url')).toBe(example.sealed)
})

sealContract(nodeSeal)

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
