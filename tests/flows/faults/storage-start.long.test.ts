import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { readLogRecord, writeLogRecord } from '../../../src/node/backup/log-record.ts'
import { keepChecking } from '../../../src/node/storage/database-check.ts'
import { failedStart } from '../../support/processes/failed-start.ts'
import { english, publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

/** A data folder that has been in use, copied for each test: all that a service leaves behind. */
const files = new Map<string, Buffer>()
beforeAll(async () => {
  const folder = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim()
  const service = await startNode(folder)
  for (let times = 0; times < 40; times += 1) await publish(service.url, english(`Number ${times} ${'x'.repeat(100)}`))
  await service.end('SIGTERM')
  for (const name of readdirSync(folder)) files.set(name, readFileSync(join(folder, name)))
  execFileSync('rm', ['-r', folder])
})

function usedFolder(): string {
  const folder = join(scratchFolder(clean), 'data')
  mkdirSync(folder, { mode: 0o700 })
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes, { mode: 0o600 })
  // The copy stands for the same folder; of another one a line more is said.
  const record = readLogRecord(folder)
  if (record !== null) writeLogRecord(folder, record)
  return folder
}

test('a write lock that another program holds at the start is waited for, and named when it stays', async () => {
  const [passing, staying] = [usedFolder(), usedFolder()]
  const holders = [passing, staying].map((folder) => {
    const holder = new DatabaseSync(join(folder, 'tocsin.db'))
    holder.exec('begin immediate')
    clean(() => holder.close())
    return holder
  })
  const stays = failedStart({ DATA_DIR: staying })
  const passes = startNode(passing)
  await sleep(500)
  holders[0]?.exec('rollback')
  const service = await passes
  clean(() => service.end('SIGKILL'))
  expect((await publish(service.url, english('After'))).seq).toBe(41)
  expect(await stays).toEqual({ code: 1, lines: [expect.stringContaining('held by another program')] })
})

const pageBytes = 4_096
function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+')
  writeSync(file, bytes, 0, bytes.length, at)
  closeSync(file)
}
/** The first page of a table, numbered from 1. */
function pageOf(path: string, table: string): number {
  const database = new DatabaseSync(path, { readOnly: true })
  const row = database.prepare('select rootpage from sqlite_schema where name = ?').get(table)
  database.close()
  return Number(row?.rootpage)
}
const noise = Buffer.from(Array.from({ length: pageBytes }, (_, at) => (at * 197 + 41) % 251))

test.each([
  ['noise in the log’s table', 'entries', noise],
  ['zeros in the log’s table', 'entries', Buffer.alloc(pageBytes)],
  ['one wrong byte where a page says what it is', 'entries', Buffer.from([0x07])],
  ['noise in the editors’ table', 'editors', noise],
])('%s: one line and exit code 1, before anybody is served', async (_, table, bytes) => {
  const folder = usedFolder()
  const path = join(folder, 'tocsin.db')
  overwrite(path, (pageOf(path, table) - 1) * pageBytes, bytes)
  const { code, lines } = await failedStart({ DATA_DIR: folder })
  expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringMatching(/tocsin\.db is damaged.*backup/)] })
})

test('pages that are damaged while it runs are found, and nothing is called damaged before', async () => {
  const path = join(usedFolder(), 'tocsin.db')
  const told: (string | null)[] = []
  const stop = keepChecking(path, { heed: (kind) => void told.push(kind) }, 'now', 50)
  clean(stop)
  await sleep(300)
  expect(told).toEqual([])
  // Not the first page, which is looked at all the time.
  overwrite(path, (pageOf(path, 'entries') - 1) * pageBytes, noise)
  // It rests a hundred times as long as a check took, the start of its thread with it.
  await expect.poll(() => told.at(-1), { timeout: 600_000 }).toBe('damaged')
  stop()
})

test('files that others may read are closed to them at the next start', async () => {
  const folder = usedFolder()
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o664)
  const service = await startNode(folder)
  clean(() => service.end('SIGKILL'))
  await publish(service.url, english('After'))
  for (const name of readdirSync(folder))
    expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600])
})

const nobody = 65_534
/** Whether another user can run the service at all: the checkout may lie where only root looks. */
function mayBeNobody(): boolean {
  if (process.getuid?.() !== 0) return false
  try {
    execFileSync(process.execPath, ['--version'], { uid: nobody, gid: nobody, cwd: '/', stdio: 'ignore' })
    execFileSync('cat', [new URL('../../../src/node/main.ts', import.meta.url).pathname], {
      uid: nobody,
      gid: nobody,
      cwd: '/',
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!mayBeNobody())(
  'as a user whom a mode stops (this needs root, and a checkout that others may read)',
  () => {
    test.each([
      ['the folder', '.', 0o000, /DATA_DIR .* cannot be written \(EACCES\)/],
      ['the folder, for writing', '.', 0o500, /DATA_DIR .* cannot be written \(EACCES\)/],
      ['the database', 'tocsin.db', 0o000, /tocsin\.db cannot be opened/],
      [
        'the database, for writing',
        'tocsin.db',
        0o400,
        /tocsin\.db cannot be opened for reading and writing \(EACCES\)/,
      ],
      ['vapid.json', 'vapid.json', 0o000, /vapid\.json/],
      ['push-secret', 'push-secret', 0o000, /push-secret/],
      ['the lock', 'lock', 0o000, /lock/],
    ])('%s that it may not read is one line that names it, and exit code 1', async (_, name, mode, line) => {
      const folder = usedFolder()
      chmodSync(join(folder, '..'), 0o755)
      for (const file of ['.', ...readdirSync(folder)]) chownSync(join(folder, file), nobody, nobody)
      chmodSync(join(folder, name), mode)
      expect(await failedStart({ DATA_DIR: folder }, nobody)).toEqual({ code: 1, lines: [expect.stringMatching(line)] })
    })
  },
)
