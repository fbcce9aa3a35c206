import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../../src/node/config.ts'
import { makeSeed } from '../../../src/node/signing/signing-key-file.ts'
import { openSharedSigning, openSigning } from '../../../src/node/signing/signing-settings.ts'
import { keyChainText } from '../../../src/signing/key-ring.ts'
import { settingMistakes } from '../../support/refusal.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const now = Date.parse('2026-11-28T10:00:00.000Z')

const settings = (dataDir: string, env: Readonly<Record<string, string>> = {}) =>
  readConfig({ DATA_DIR: dataDir, ...env })

test('a key is made once, kept, and readable by its owner only', () => {
  const folder = join(scratchFolder(clean), 'data')
  const signing = openSigning(settings(folder), now)
  expect(signing.keys).toEqual([
    { id: signing.signer.keyId, publicKey: signing.signer.publicKey, since: '2026-11-28T10:00:00.000Z' },
  ])
  expect(openSigning(settings(folder), now + 5).keys).toEqual(signing.keys)
  expect(readdirSync(folder)).toEqual(['signing-key.json'])
  expect(statSync(join(folder, 'signing-key.json')).mode & 0o777).toBe(0o600)
})

test('another key in the settings is a rotation that the former key signs, and it stays when it is not given any more', () => {
  const folder = scratchFolder(clean)
  const first = openSigning(settings(folder), now)
  const given = settings(folder, { SIGNING_KEY: makeSeed() })
  const second = openSigning(given, now + 1_000)
  expect(second.keys).toHaveLength(2)
  expect(second.keys[0].signedBy).toBe(first.signer.keyId)
  expect(second.keys[1]).toEqual(first.keys[0])
  expect(openSigning(given, now + 2_000).keys).toEqual(second.keys)
  expect(openSigning(settings(folder), now + 3_000).keys).toEqual(second.keys)
  expect(readdirSync(folder).sort()).toEqual(['signing-key-lock', 'signing-key.json'])
})

test('a key that signed the log last and is not here is a refusal, and nothing is stored', () => {
  const folder = scratchFolder(clean)
  const secret = new Uint8Array(32)
  const newestKey = 'AAAAAAAAAAA'
  const envs = [{}, { SIGNING_KEY: makeSeed() }, { SIGNING_KEY_LOST: 'BBBBBBBBBBB' }]
  for (const env of envs) {
    const given = settings(folder, env)
    expect(() => openSigning(given, now, newestKey)).toThrow(/key AAAAAAAAAAA, .*SIGNING_KEY_LOST=AAAAAAAAAAA/)
    expect(() => openSharedSigning(given, secret, newestKey)).toThrow(/key AAAAAAAAAAA, .*SIGNING_KEY_LOST=AAAAAAAAAAA/)
  }
  expect(readdirSync(folder)).toEqual([])
  const lost = settings(folder, { SIGNING_KEY_LOST: newestKey })
  const { id } = openSigning(lost, now, newestKey).keys[0]
  // It may stay set, and says nothing of the next key that is lost.
  expect(openSigning(lost, now, id).keys[0].id).toBe(id)
  expect(() => openSigning(settings(folder), now, newestKey)).toThrow(`the keys here are ${id}`)
  expect(() => openSigning(lost, now, 'CCCCCCCCCCC')).toThrow('SIGNING_KEY_LOST=CCCCCCCCCCC')
  expect(
    openSharedSigning(settings(scratchFolder(clean), { SIGNING_KEY_LOST: newestKey }), secret, newestKey).keys,
  ).toHaveLength(1)
})

test('a former key may be the newest of the log, and a former key in the settings is not gone back to', () => {
  const folder = scratchFolder(clean)
  const first = makeSeed()
  const former = openSigning(settings(folder, { SIGNING_KEY: first }), now)
  const present = openSigning(settings(folder, { SIGNING_KEY: makeSeed() }), now, former.signer.keyId)
  for (const open of [
    openSigning(settings(folder, { SIGNING_KEY: first }), now, former.signer.keyId),
    openSharedSigning(settings(folder, { SIGNING_KEY: first }), new Uint8Array(32), present.signer.keyId),
  ]) {
    expect(open.signer.keyId).toBe(present.signer.keyId)
    expect(open.keys).toEqual(present.keys)
  }
})

test('a damaged file is an error, not a new key', () => {
  const folder = scratchFolder(clean)
  openSigning(settings(folder), now)
  for (const text of ['', '{}', '{"privateKey":"x","publicKeys":"y"}', '{"privateKey":"', 'secret']) {
    writeFileSync(join(folder, 'signing-key.json'), text)
    expect(() => openSigning(settings(folder), now)).toThrow(/signing-key\.json is damaged.*Put it back from a backup/)
    expect(() => openSigning(settings(folder), now)).not.toThrow(/secret|privateKey":""/)
    expect(readFileSync(join(folder, 'signing-key.json'), 'utf8')).toBe(text)
  }
})

test('nodes without a key of their own sign with the one that follows from the push secret, and store nothing', () => {
  const [one, two] = [scratchFolder(clean), scratchFolder(clean)]
  const secret = new Uint8Array(32).fill(3)
  const signing = openSharedSigning(settings(one), secret)
  expect(openSharedSigning(settings(two), secret).keys).toEqual(signing.keys)
  expect(openSharedSigning(settings(two), new Uint8Array(32).fill(4)).keys).not.toEqual(signing.keys)
  expect(readdirSync(one)).toEqual([])
})

test('a node takes the key of its folder, and a key of the settings before it', () => {
  const folder = scratchFolder(clean)
  const secret = new Uint8Array(32)
  const kept = openSigning(settings(folder), now)
  expect(openSharedSigning(settings(folder), secret).keys).toEqual(kept.keys)
  const SIGNING_KEY = makeSeed()
  const given = openSharedSigning(settings(folder, { SIGNING_KEY }), secret)
  expect(given.keys).toHaveLength(1)
  expect(given.keys[0]).not.toHaveProperty('since')
  // With the former keys as a setting, no folder is needed.
  const chain = keyChainText(openSigning(settings(folder, { SIGNING_KEY }), now).keys)
  const env = { SIGNING_KEY, SIGNING_KEY_CHAIN: chain }
  for (const open of [openSharedSigning(settings('/nope', env), secret), openSigning(settings('/nope', env), now)]) {
    expect(open.signer.keyId).toBe(given.signer.keyId)
    expect(open.keys).toHaveLength(2)
  }
})

test('every mistake in the two settings is said, without the key', () => {
  const [key, other] = [makeSeed(), makeSeed()]
  const chain = keyChainText(openSigning(settings(scratchFolder(clean), { SIGNING_KEY: key }), now).keys)
  const mistakes = (env: Readonly<Record<string, string>>) => settingMistakes(env)
  expect(mistakes({ SIGNING_KEY: key, SIGNING_KEY_CHAIN: chain })).toEqual([])
  expect(mistakes({ SIGNING_KEY: `${key}x`, PORT: 'x' })).toEqual([
    expect.stringMatching(/^PORT/),
    expect.stringMatching(/^SIGNING_KEY: 32 bytes in base64url are wanted/),
  ])
  expect(mistakes({ SIGNING_KEY_CHAIN: chain })).toEqual(['SIGNING_KEY_CHAIN: it is of use only with SIGNING_KEY'])
  for (const wrong of ['x', `${chain},`, chain.slice(1)])
    expect(mistakes({ SIGNING_KEY: key, SIGNING_KEY_CHAIN: wrong })).toEqual([
      expect.stringMatching(/^SIGNING_KEY_CHAIN: the public keys are wanted/),
    ])
  expect(mistakes({ SIGNING_KEY: other, SIGNING_KEY_CHAIN: chain })).toEqual([
    'SIGNING_KEY_CHAIN: the private key is not that of the newest public key',
  ])
  for (const line of mistakes({ SIGNING_KEY: `${key}x` })) expect(line).not.toContain(key)
})
