import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { readLogRecord } from '../../../src/node/backup/log-record.ts'
import { databasePath } from '../../../src/node/storage/data-folder.ts'
import { newAlert } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { openedStores } from '../../support/storage/opened-stores.ts'

const clean = cleaning()

let alerts = 0

/** Runs a service's stores on a folder, publishes, and ends in order. Gives what the log was, and what was said. */
async function ran(dataDir: string, count = 0) {
  const it = openedStores(clean, dataDir)
  for (let left = count; left > 0; left -= 1) {
    alerts += 1
    await it.log.append(newAlert(`01932f6e-0000-7000-8000-${String(alerts).padStart(12, '0')}`), `key-${alerts}`)
  }
  const { epoch, head } = await it.log.bounds()
  it.close()
  return { epoch, head, said: it.said }
}

/** A folder whose log has three entries. */
async function withThree() {
  const dataDir = join(scratchFolder(clean), 'data')
  const { epoch } = await ran(dataDir, 3)
  return { dataDir, epoch }
}

function vacuumInto(dataDir: string): string {
  const to = join(scratchFolder(clean), 'copy.db')
  const database = new DatabaseSync(databasePath(dataDir))
  database.prepare('vacuum into ?').run(to)
  database.close()
  return to
}

test.each<[string, (dataDir: string) => void]>([
  ['started again', () => {}],
  [
    'moved with its folder',
    (dataDir) => {
      renameSync(dataDir, `${dataDir}-moved`)
      renameSync(`${dataDir}-moved`, dataDir)
    },
  ],
  [
    'made smaller',
    (dataDir) => {
      const database = new DatabaseSync(databasePath(dataDir))
      database.exec('vacuum')
      database.close()
    },
  ],
  [
    'of a service without the record',
    (dataDir) => {
      const database = new DatabaseSync(databasePath(dataDir))
      database.exec(`drop table log_record; delete from schema_steps where room = 'log-record'`)
      database.close()
      rmSync(join(dataDir, 'log-record'))
    },
  ],
])('a database that is %s keeps its epoch', async (_, act) => {
  const { dataDir, epoch } = await withThree()
  act(dataDir)
  expect(await ran(dataDir, 1)).toEqual({ epoch, head: 4, said: [] })
  expect(readLogRecord(dataDir)).toMatchObject({ epoch, newest: 4 })
})

test.each<[string, (dataDir: string, to: string) => void]>([
  ['with cp', (dataDir, to) => cpSync(databasePath(dataDir), databasePath(to))],
  ['with VACUUM INTO', (dataDir, to) => cpSync(vacuumInto(dataDir), databasePath(to))],
  ['with its folder, times kept', (dataDir, to) => cpSync(dataDir, to, { recursive: true, preserveTimestamps: true })],
  [
    'without a record that can be read',
    (dataDir, to) => {
      cpSync(databasePath(dataDir), databasePath(to))
      writeFileSync(join(to, 'log-record'), '{"epoch":')
    },
  ],
])('a database that was copied into another folder %s gets a new epoch, once, and it is said', async (_, copy) => {
  const { dataDir, epoch } = await withThree()
  const to = scratchFolder(clean)
  copy(dataDir, to)
  const told = await ran(to, 1)
  expect(told).toMatchObject({ head: 4, said: [expect.stringMatching(/is not the database that this folder had/)] })
  expect(told.epoch).not.toBe(epoch)
  expect(await ran(to)).toEqual({ epoch: told.epoch, head: 4, said: [] })
})

test('a database whose record could not be written, as on a full disk, is not taken for a copy later', async () => {
  const dataDir = join(scratchFolder(clean), 'data')
  // Nothing can be renamed to the name of a folder.
  mkdirSync(join(dataDir, 'log-record'), { recursive: true })
  const { epoch } = await ran(dataDir, 2)
  rmSync(join(dataDir, 'log-record'), { recursive: true })
  expect(await ran(dataDir, 1)).toEqual({ epoch, head: 3, said: [] })
  expect(readLogRecord(dataDir)).toMatchObject({ epoch, newest: 3 })
})

test.each([
  ['beside what the newer one has left', false],
  ['into a folder that was removed and made again', true],
])('an older database that was put %s gets a new epoch, also after an orderly end', async (_, isRemoved) => {
  const { dataDir, epoch } = await withThree()
  const older = vacuumInto(dataDir)
  expect(await ran(dataDir, 2)).toMatchObject({ epoch, head: 5 })
  if (isRemoved) {
    rmSync(dataDir, { recursive: true })
    mkdirSync(dataDir)
  }
  // Written over the newer file, which stays the same file of the disk.
  writeFileSync(databasePath(dataDir), readFileSync(older))
  const told = await ran(dataDir)
  expect([told.head, told.epoch === epoch, told.said.length]).toEqual([3, false, 1])
})

test('a database that went on elsewhere and comes back gets a new epoch, though it is the newer one', async () => {
  const { dataDir, epoch } = await withThree()
  const elsewhere = scratchFolder(clean)
  cpSync(databasePath(dataDir), databasePath(elsewhere))
  const other = await ran(elsewhere, 4)
  writeFileSync(databasePath(dataDir), readFileSync(databasePath(elsewhere)))
  const told = await ran(dataDir)
  expect(told.head).toBe(7)
  expect(new Set([epoch, other.epoch, told.epoch]).size).toBe(3)
})

test('a new database begins its own log, whatever log its folder had', async () => {
  const { dataDir, epoch } = await withThree()
  rmSync(databasePath(dataDir))
  const told = await ran(dataDir, 1)
  expect([told.head, told.said, told.epoch === epoch]).toEqual([1, [], false])
  expect(existsSync(join(dataDir, 'log-record'))).toBe(true)
})
