import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { UnsignedEntries } from '../../../src/node/signing/unsigned-entries.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { newAlert, newsroom } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { testSigner } from '../../support/signing/test-signer.ts'

const clean = cleaning()
const id = (number: number) => `01932f6e-0000-7000-8000-${String(number).padStart(12, '0')}`

async function logOf(count: number) {
  const sql = openSqlite(join(scratchFolder(clean), 'tocsin.db'))
  clean(() => sql.close())
  const log = new SqliteLog(sql, 'epoch1')
  await fill(log, count)
  log.signing.begin({ signer: testSigner().signer, newsroom })
  // Another version of the program, which signs nothing.
  return { log, old: new SqliteLog(sql, 'epoch1') }
}

async function fill(log: SqliteLog, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) await log.append(newAlert(id(number)), `k${number}`)
}

/** What signs the entries of a log, with a clock that goes on by `stepMs` at each look. */
function unsignedOf(log: SqliteLog, stepMs: number) {
  let nowMs = 0
  const deps = { warn: vi.fn<(line: string) => void>(), report: vi.fn<(error: unknown, doing: string) => void>() }
  const now = () => {
    nowMs += stepMs
    return nowMs
  }
  const unsigned = new UnsignedEntries(log.signing, { ...deps, now })
  clean(() => unsigned.stop())
  return { unsigned, ...deps }
}

const left = async (log: SqliteLog) => (await log.after(0, 1_000)).filter(({ proofs }) => proofs === undefined).length

test('all is signed before the start goes on where that is soon done', async () => {
  const { log } = await logOf(120)
  const { unsigned, warn } = unsignedOf(log, 1)
  await unsigned.begin()
  expect(await left(log)).toBe(0)
  expect(warn).not.toHaveBeenCalled()
})

test('a start waits for a bounded time; the rest is signed afterwards, to the head, and what it is doing is said', async () => {
  const { log } = await logOf(260)
  const { unsigned, warn, report } = unsignedOf(log, 6_000)
  await unsigned.begin()
  expect(await left(log)).toBeGreaterThan(0)
  expect(warn.mock.calls.join()).toMatch(/Not signed yet: \d+ entries/)
  await vi.waitFor(async () => expect(await left(log)).toBe(0), { timeout: 10_000 })
  expect(report).not.toHaveBeenCalled()
})

test('more entries than an append signs, which another version appended, are signed when one without proofs is seen', async () => {
  const { log, old } = await logOf(0)
  const { unsigned } = unsignedOf(log, 1)
  await unsigned.begin()
  await fill(old, 60)
  const entry = await log.append(newAlert(id(61)), 'k61')
  expect(entry).not.toHaveProperty('proofs')
  unsigned.note(entry)
  await vi.waitFor(async () => expect(await left(log)).toBe(0), { timeout: 10_000 })
  expect(await log.append(newAlert(id(62)), 'k62')).toHaveProperty('proofs')
})

test('an error is reported and signing goes on later; after the stop nothing is signed', async () => {
  const { log } = await logOf(1)
  const { unsigned, report } = unsignedOf(log, 1)
  await unsigned.begin()
  const signMore = vi.spyOn(log.signing, 'signMore').mockRejectedValueOnce(new Error('busy'))
  unsigned.note({})
  await vi.waitFor(() => expect(report).toHaveBeenCalledWith(expect.any(Error), 'signing entries'), { timeout: 10_000 })
  unsigned.note({})
  await vi.waitFor(() => expect(signMore).toHaveBeenCalledTimes(2), { timeout: 10_000 })
  await unsigned.stop()
  unsigned.note({})
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(signMore).toHaveBeenCalledTimes(2)
})
