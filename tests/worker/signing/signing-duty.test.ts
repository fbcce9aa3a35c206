import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { PushAlarm } from '../../../src/push/outbox/alarms.ts'
import { keyChainText, keyIdOfSeed, signingKeysMax } from '../../../src/signing/key-ring.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { SigningDuty } from '../../../src/worker/signing/signing-duty.ts'
import { workerSigner } from '../../../src/worker/signing/worker-signer.ts'
import { settingMistakes } from '../../../src/worker/worker-settings.ts'
import { newAlert, newsroom } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const now = Date.parse('2026-11-28T10:00:00.000Z')
const [firstKey, secondKey] = ['A'.repeat(42), 'B'.repeat(42)].map((it) => `${it}A`) as [string, string]

function places() {
  const sql = openSqlite(join(scratchFolder(clean), 'tocsin.db'))
  clean(() => sql.close())
  const log = new SqliteLog(sql, 'epoch1')
  const report = vi.fn<(error: unknown, doing: string) => void>()
  const opened = async (settings: Readonly<Record<string, string>>) => {
    const duty = new SigningDuty(log.signing, () => now, report)
    const signing = duty.open(sql, settings, newsroom, now)
    await duty.check()
    return signing
  }
  return { log, report, opened }
}

test('with a former key in the settings the present one goes on, and that is said', async () => {
  const { report, opened } = places()
  const said = vi.spyOn(console, 'log').mockImplementation(() => {})
  clean(() => said.mockRestore())
  const first = await opened({ SIGNING_KEY: firstKey })
  const second = await opened({ SIGNING_KEY: secondKey })
  expect(said).not.toHaveBeenCalled()
  const back = await opened({ SIGNING_KEY: firstKey })
  expect(back.keys).toEqual(second.keys)
  expect(said.mock.calls.join()).toContain(`former signing key (${first.signer.keyId})`)
  expect(report).not.toHaveBeenCalled()
})

test('a log that was signed last with a key that is not here raises an alarm, and is served', async () => {
  const { log, report, opened } = places()
  const first = await opened({})
  await log.append(newAlert('01932f6e-0000-7000-8000-000000000001'), 'k1')
  // A rotation keeps it as a former one.
  const second = await opened({ SIGNING_KEY: secondKey })
  expect(report).not.toHaveBeenCalled()
  const alone = keyChainText([{ id: second.signer.keyId, publicKey: second.signer.publicKey }])
  await opened({ SIGNING_KEY: secondKey, SIGNING_KEY_CHAIN: alone })
  const [[alarm] = []] = report.mock.calls
  expect(alarm).toBeInstanceOf(PushAlarm)
  expect(alarm).toMatchObject({ kind: 'key', detail: expect.stringContaining(first.signer.keyId) })
})

test('a key that is declared lost raises no alarm, and bundles know it; a wrong id is told', async () => {
  const { log, report, opened } = places()
  const first = await opened({})
  await log.append(newAlert('01932f6e-0000-7000-8000-000000000001'), 'k1')
  const second = await opened({ SIGNING_KEY: secondKey })
  const SIGNING_KEY_CHAIN = keyChainText([{ id: second.signer.keyId, publicKey: second.signer.publicKey }])
  const settings = { SIGNING_KEY: secondKey, SIGNING_KEY_CHAIN, SIGNING_KEY_LOST: first.signer.keyId }
  expect((await opened(settings)).signed.lostKey).toBe(first.signer.keyId)
  expect(report).not.toHaveBeenCalled()
  expect(settingMistakes(settings)).toEqual([])
  expect(settingMistakes({ ...settings, SIGNING_KEY_LOST: 'x' })).toEqual([
    expect.stringMatching(/^SIGNING_KEY_LOST: /),
  ])
})

test('a rotation that would forget the key of the newest entry waits until something is published, and that is said', async () => {
  const { log, report, opened } = places()
  const said = vi.spyOn(console, 'log').mockImplementation(() => {})
  clean(() => said.mockRestore())
  await opened({})
  await log.append(newAlert('01932f6e-0000-7000-8000-000000000001'), 'k1')
  const seed = (nth: number) => `${'C'.repeat(41)}${String.fromCharCode(65 + nth)}A`
  for (let nth = 1; nth < signingKeysMax; nth += 1) await opened({ SIGNING_KEY: seed(nth) })
  expect(said).not.toHaveBeenCalled()
  const { keys } = await opened({ SIGNING_KEY: secondKey })
  expect([keys.length, keys[0].id]).toEqual([signingKeysMax, keyIdOfSeed(workerSigner, seed(signingKeysMax - 1))])
  expect(said.mock.calls.join()).toMatch(/is not used yet.*would forget the key/)
  expect(report).not.toHaveBeenCalled()
  await log.append(newAlert('01932f6e-0000-7000-8000-000000000002'), 'k2')
  expect((await opened({ SIGNING_KEY: secondKey })).signer.keyId).toBe(keyIdOfSeed(workerSigner, secondKey))
})

test('a new key begins no earlier than the newest entry is dated, also where a clock was ahead', async () => {
  const { log, opened } = places()
  await opened({})
  const at = new Date(now + 30 * 24 * 60 * 60_000).toISOString()
  await log.append({ ...newAlert('01932f6e-0000-7000-8000-000000000001'), at }, 'k1')
  expect((await opened({ SIGNING_KEY: secondKey })).keys[0].since).toBe(at)
})

test('a wrong SIGNING_KEY_CHAIN is told with the other mistakes in the settings, without the key', async () => {
  const { opened } = places()
  await opened({ SIGNING_KEY: firstKey })
  const { keys } = await opened({ SIGNING_KEY: secondKey })
  const SIGNING_KEY_CHAIN = keyChainText(keys)
  const mistakes = (settings: Readonly<Record<string, string>>) => settingMistakes({ ADMIN_KEY: 'x', ...settings })
  expect(mistakes({ SIGNING_KEY: secondKey, SIGNING_KEY_CHAIN })).toHaveLength(1)
  for (const settings of [
    { SIGNING_KEY_CHAIN },
    { SIGNING_KEY: firstKey, SIGNING_KEY_CHAIN },
    { SIGNING_KEY: secondKey, SIGNING_KEY_CHAIN: 'x' },
  ]) {
    const found = mistakes(settings)
    expect(found).toHaveLength(2)
    expect(found[1]).toMatch(/^SIGNING_KEY_CHAIN: /)
    expect(found[1]).not.toContain(secondKey)
  }
})
