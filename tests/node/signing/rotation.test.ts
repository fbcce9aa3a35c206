import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readConfig } from '../../../src/node/config.ts'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { openServiceSigning } from '../../../src/node/signing/service-signing.ts'
import { foundRing, loadRing, makeSeed } from '../../../src/node/signing/signing-key-file.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import {
  firstRing,
  type KeyRing,
  ringText,
  rotatedRing,
  signingKeysMax,
  signingOf,
} from '../../../src/signing/key-ring.ts'
import { trustedKey } from '../../../src/signing/verify/key-trust.ts'
import { migrate } from '../../../src/store/sql.ts'
import { outboxSchema } from '../../../src/store/sqlite/outbox/outbox-tables.ts'
import { subscriptionSchema } from '../../../src/store/sqlite/push-tables.ts'
import { editorSchema } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { pauseSchema } from '../../../src/store/sqlite/sqlite-pause.ts'
import { newAlert, newsroom } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const dayMs = 24 * 60 * 60_000
const logger = { warn: () => {}, report: () => {} }

/** A data folder whose log has an alert for each of these times, the newest last, signed by the ring. */
async function folderWith(times: readonly number[], ringOf: (ring: KeyRing) => KeyRing = (ring) => ring) {
  const dataDir = scratchFolder(clean)
  const ring = loadRing(dataDir, Date.now() - 400 * dayMs)
  const sql = openSqlite(join(dataDir, 'tocsin.db'))
  clean(() => sql.close())
  for (const schema of [editorSchema, pauseSchema, subscriptionSchema, outboxSchema]) migrate(sql, schema)
  const log = new SqliteLog(sql, 'epoch1')
  log.signing.begin({ signer: signingOf(nodeSigner, ring).signer, newsroom })
  for (const [nth, ms] of times.entries()) {
    const id = `01932f6e-0000-7000-8000-00000000000${nth + 1}`
    await log.append({ ...newAlert(id), at: new Date(ms).toISOString() }, `k${nth}`)
  }
  writeFileSync(join(dataDir, 'signing-key.json'), ringText(ringOf(ring)))
  return { dataDir, log, former: ring.keys[0].id }
}

const rotate = (dataDir: string, env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [main, 'signing-key', 'rotate', '--data', dataDir], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  })

/** Rotated as often as a ring has room for, without a word to the log. */
const filled = (ring: KeyRing) => {
  let full = ring
  while (full.keys.length < signingKeysMax) full = rotatedRing(nodeSigner, full, makeSeed(), Date.now())
  return full
}

const aheadMs = Date.now() + 30 * dayMs

test.each<[string, readonly number[]]>([
  ['the newest entry', [Date.now(), aheadMs]],
  ['one before it', [aheadMs, Date.now()]],
])('what a clock that was ahead has dated stays verifiable after a rotation: %s', async (_, times) => {
  const { dataDir, former } = await folderWith(times)
  const { status, stderr } = rotate(dataDir)
  expect([status, stderr]).toEqual([0, ''])
  const ring = foundRing(dataDir)
  expect(ring?.keys).toHaveLength(2)
  for (const ms of times) expect(trustedKey(ring?.keys as never, former, new Date(ms).toISOString())).not.toBeNull()
})

test('so it does where the service is given a new key', async () => {
  const { dataDir, log, former } = await folderWith([aheadMs])
  const config = readConfig({ DATA_DIR: dataDir, SIGNING_KEY: makeSeed() })
  const stores = { log, signing: log.signing }
  const asked = { config, stores, pushSecret: new Uint8Array(32), newsroom, logger, isOwner: false }
  const { keys, unsigned } = await openServiceSigning(asked)
  clean(() => unsigned.stop())
  expect(keys).toHaveLength(2)
  expect(trustedKey(keys, former, new Date(aheadMs).toISOString())).not.toBeNull()
})

test('a rotation that would forget the key of the newest entry is refused, and says to publish first', async () => {
  const { dataDir, former } = await folderWith([Date.now()], filled)
  const before = readFileSync(join(dataDir, 'signing-key.json'), 'utf8')
  const { status, stderr } = rotate(dataDir)
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(new RegExp(`^Nothing was rotated.* This .*forget the key ${former}.*publish`)),
  ])
  const { log } = await folderWith([])
  const config = readConfig({ DATA_DIR: dataDir, SIGNING_KEY: makeSeed() })
  const signing = { ...log.signing, newestKey: async () => former, begin: () => {} } as never
  const asked = { config, stores: { log, signing }, pushSecret: new Uint8Array(32), newsroom, logger, isOwner: false }
  await expect(openServiceSigning(asked)).rejects.toThrow(`would forget the key ${former}`)
  expect(readFileSync(join(dataDir, 'signing-key.json'), 'utf8')).toBe(before)
})

test('where the log cannot be read nothing is rotated, and it says why', async () => {
  const { dataDir } = await folderWith([])
  const before = readFileSync(join(dataDir, 'signing-key.json'), 'utf8')
  writeFileSync(join(dataDir, 'tocsin.db'), '')
  const { status, stderr } = rotate(dataDir)
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^Nothing was rotated: the log cannot be read\. .*empty/)])
  expect(readFileSync(join(dataDir, 'signing-key.json'), 'utf8')).toBe(before)
})

test('beside the log of another key nothing is rotated, whether the key is in the folder or in the settings', async () => {
  const { dataDir, former } = await folderWith([Date.now()], () => firstRing(nodeSigner, makeSeed(), null))
  const before = readFileSync(join(dataDir, 'signing-key.json'), 'utf8')
  for (const env of [{}, { SIGNING_KEY: makeSeed() }]) {
    const { status, stdout, stderr } = rotate(dataDir, env)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(new RegExp(`^Nothing was rotated.* signed last with the key ${former}, but`))
  }
  expect(readFileSync(join(dataDir, 'signing-key.json'), 'utf8')).toBe(before)
  // The operator says that it is lost.
  expect(rotate(dataDir, { SIGNING_KEY_LOST: former }).status).toBe(0)
})
