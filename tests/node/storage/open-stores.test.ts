import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { readLogRecord, writeLogRecord } from '../../../src/node/backup/log-record.ts'
import { noPublicUrl, warnOfProxy } from '../../../src/node/start-warnings.ts'
import { databasePath, openDataFolder } from '../../../src/node/storage/data-folder.ts'
import { openDatabase } from '../../../src/node/storage/database.ts'
import { fillReserve, spendReserve } from '../../../src/node/storage/disk-reserve.ts'
import { lastRunOf, RunningMark } from '../../../src/node/storage/running-mark.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { ThreadSupervisor } from '../../../src/node/threads/thread-supervisor.ts'
import { lostKeys } from '../../../src/push/subscriptions/lost-keys.ts'
import { newAlert } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { openedStores } from '../../support/storage/opened-stores.ts'

const clean = cleaning()

const opened = (dataDir: string, owner = true) => openedStores(clean, dataDir, owner)

function withNotes(dataDir: string) {
  const it = opened(dataDir)
  it.sql.run('create table notes (word text) strict')
  // What is in the database itself is not the question.
  it.sql.all('pragma wal_checkpoint(full)')
  it.write('one')
  it.write('two')
  return it
}

function wordsIn(path: string): readonly unknown[] {
  const sql = openSqlite(path)
  clean(() => sql.close())
  return sql.all('select word from notes').map(({ word }) => word)
}

const wal = (dataDir: string) => `${databasePath(dataDir)}-wal`

test.each([
  ['seen by a look', (it: ReturnType<typeof opened>) => it.storage.look()],
  ['met by a write', (it: ReturnType<typeof opened>) => expect(() => it.write('never')).toThrow('taken away')],
  ['not seen before the end', () => {}],
])('a write-ahead log that is removed while the service runs, %s, costs nothing that was stored', async (_, meet) => {
  const dataDir = scratchFolder(clean)
  const it = withNotes(dataDir)
  const epoch = await it.epoch()
  unlinkSync(wal(dataDir))
  meet(it)
  it.close()
  expect(existsSync(join(dataDir, 'running'))).toBe(false)
  expect(wordsIn(databasePath(dataDir))).toEqual(['one', 'two'])
  const next = opened(dataDir)
  expect([await next.epoch(), next.said]).toEqual([epoch, []])
  next.close()
})

test('it is said that everything was saved, and that a write that came later was not; what is put back is taken back', () => {
  const dataDir = scratchFolder(clean)
  const it = withNotes(dataDir)
  renameSync(wal(dataDir), join(dataDir, 'away'))
  it.storage.look()
  expect(it.said).toEqual([
    expect.stringMatching(/^Nothing can be stored: .*-wal has been taken away\. .* nothing is lost/),
  ])
  expect(it.alarms.list()).toHaveLength(1)
  expect(() => it.write('refused')).toThrow('taken away')
  renameSync(join(dataDir, 'away'), wal(dataDir))
  it.storage.look()
  expect([it.storage.fault, it.alarms.list()]).toEqual([null, []])
  it.write('three')
  // A second time on the same database: what was written since is saved as well.
  unlinkSync(wal(dataDir))
  it.storage.look()
  expect(it.said.at(-1)).toContain('nothing is lost')
  it.close()
  expect(wordsIn(databasePath(dataDir))).toEqual(['one', 'two', 'three'])
})

/** What a service leaves behind that is killed: its files as they are. */
function killed(from: string, ...names: readonly string[]): string {
  const to = scratchFolder(clean)
  for (const name of names) cpSync(join(from, name), join(to, name))
  // The copy stands for the same file.
  const record = readLogRecord(from)
  if (record !== null) writeLogRecord(to, record)
  return to
}

const everything = ['tocsin.db', 'tocsin.db-wal', 'running'] as const

/** A log of so many entries, of which the last two are in the write-ahead log alone. */
async function withEntries(dataDir: string, count: number) {
  const it = opened(dataDir)
  const publish = async (seq: number) =>
    void (await it.log.append(newAlert(`01932f6e-0000-7000-8000-${String(seq).padStart(12, '0')}`), `key-${seq}`))
  for (let seq = 1; seq <= count - 2; seq += 1) await publish(seq)
  it.sql.all('pragma wal_checkpoint(truncate)')
  for (let seq = count - 1; seq <= count; seq += 1) await publish(seq)
  return { ...it, publish, epoch: await it.epoch() }
}

/** Something is done to what a killed service left behind; then it starts again, twice. */
async function comeBack(folder: string) {
  const next = opened(folder)
  const told = { epoch: await next.epoch(), said: next.said.length, head: (await next.log.bounds()).head }
  next.close()
  // And once only.
  const later = opened(folder)
  expect([await later.epoch(), later.said]).toEqual([told.epoch, []])
  later.close()
  return told
}

function lookedAt(folder: string, statement: string): void {
  const other = new DatabaseSync(databasePath(folder))
  other.prepare(statement).all()
  other.close()
}

test.each<[string, (folder: string) => void]>([
  ['untouched', () => {}],
  ['backed up with VACUUM INTO', (folder) => lookedAt(folder, `vacuum into '${join(folder, 'backup.db')}'`)],
  ['looked at with a shell', (folder) => lookedAt(folder, 'select count(*) from entries')],
  ['checkpointed', (folder) => lookedAt(folder, 'pragma wal_checkpoint(truncate)')],
  ['made smaller', (folder) => lookedAt(folder, 'vacuum')],
  [
    'started in vain',
    (folder) =>
      expect(() =>
        openDatabase(folder, () => {
          throw new Error('no')
        }),
      ).toThrow('no'),
  ],
])('after a kill, a database that was %s keeps its identity, and nothing is said to be lost', async (_, act) => {
  const dataDir = scratchFolder(clean)
  const it = await withEntries(dataDir, 5)
  const folder = killed(dataDir, ...everything)
  it.close()
  act(folder)
  expect(await comeBack(folder)).toEqual({ epoch: it.epoch, said: 0, head: 5 })
})

test.each<[string, (folder: string) => void]>([
  ['removed', (folder) => unlinkSync(wal(folder))],
  ['emptied', (folder) => truncateSync(wal(folder))],
  ['cut in the middle', (folder) => truncateSync(wal(folder), 40)],
  [
    'removed, and then looked at',
    (folder) => {
      unlinkSync(wal(folder))
      lookedAt(folder, 'vacuum')
    },
  ],
])(
  'after a kill, a write-ahead log with the newest entries that was %s means a new identity of the log',
  async (_, act) => {
    const dataDir = scratchFolder(clean)
    const it = await withEntries(dataDir, 5)
    const folder = killed(dataDir, ...everything)
    it.close()
    act(folder)
    const told = await comeBack(folder)
    expect([told.said, told.head]).toEqual([1, 3])
    expect(told.epoch).not.toBe(it.epoch)
  },
)

test('after a kill, an older database in its place means a new identity; after an orderly end nothing is missed', async () => {
  const dataDir = scratchFolder(clean)
  const it = await withEntries(dataDir, 4)
  const older = killed(dataDir, ...everything)
  await it.publish(5)
  const newer = killed(dataDir, ...everything)
  it.close()
  cpSync(join(newer, 'running'), join(older, 'running'))
  const told = await comeBack(older)
  expect([told.said, told.head, told.epoch === it.epoch]).toEqual([1, 4, false])
  expect(await comeBack(dataDir)).toEqual({ epoch: it.epoch, said: 0, head: 5 })
})

test('what another process has stored is noted as well, and a mark never goes back', () => {
  const folder = scratchFolder(clean)
  const mark = new RunningMark(folder, 7)
  expect(lastRunOf(folder)).toEqual({ newest: 7 })
  mark.note(() => 12)
  mark.note(() => 9)
  mark.note(() => {
    throw new Error('cannot be read')
  })
  expect(lastRunOf(folder)).toEqual({ newest: 12 })
  mark.end(false)
  expect(lastRunOf(folder)).toEqual({ newest: 12 })
  // Less than before: a database that was put back.
  new RunningMark(folder, 3).end(false)
  expect(lastRunOf(folder)).toEqual({ newest: 3 })
  new RunningMark(folder, 3).end(true)
  expect(lastRunOf(folder)).toBeNull()
})

test('where the mark of the last run does not say how far it came, a missing write-ahead log means a new identity; with it, or after an orderly end, it stays', async () => {
  const dataDir = scratchFolder(clean)
  const it = withNotes(dataDir)
  const epoch = await it.epoch()
  const cases = [
    [killed(dataDir, 'tocsin.db', 'tocsin.db-wal', 'running'), true],
    [killed(dataDir, 'tocsin.db', 'running'), false],
    // A backup by VACUUM INTO, or from before the mark: nothing says that a log is missing.
    [killed(dataDir, 'tocsin.db'), true],
  ] as const
  for (const [folder] of cases) if (existsSync(join(folder, 'running'))) truncateSync(join(folder, 'running'))
  it.close()
  for (const [folder, isSame] of [...cases, [dataDir, true] as const]) {
    const next = opened(folder)
    expect([(await next.epoch()) === epoch, next.said.length]).toEqual([isSame, isSame ? 0 : 1])
    const now = await next.epoch()
    next.close()
    // And once only.
    const later = opened(folder)
    expect([await later.epoch(), later.said]).toEqual([now, []])
    later.close()
  }
})

test('of several processes only the owner gives the log a new identity', async () => {
  const dataDir = scratchFolder(clean)
  const it = await withEntries(dataDir, 3)
  const folder = killed(dataDir, 'tocsin.db', 'running')
  const other = opened(folder, false)
  expect([await other.epoch(), other.said]).toEqual([it.epoch, []])
  other.close()
  it.close()
})

test.each([
  ['removed', (file: string) => unlinkSync(file)],
  [
    'replaced by another',
    (file: string) => {
      cpSync(file, `${file}.copy`)
      renameSync(`${file}.copy`, file)
    },
  ],
])('a database that was %s while the service ran is saved under another name at its end', (_, harm) => {
  const dataDir = scratchFolder(clean)
  const it = withNotes(dataDir)
  harm(databasePath(dataDir))
  it.close()
  const saved = readdirSync(dataDir).filter((name) => name.startsWith('saved-'))
  expect(saved).toHaveLength(1)
  expect(it.said.join()).toContain(saved[0])
  expect(wordsIn(join(dataDir, saved[0] ?? ''))).toEqual(['one', 'two'])
})

test('with the whole folder gone, the end says that nothing could be saved, and throws nothing', () => {
  const dataDir = join(scratchFolder(clean), 'data')
  const it = withNotes(dataDir)
  renameSync(dataDir, `${dataDir}-away`)
  it.close()
  expect(it.said.join()).toContain('could not be saved')
  expect(existsSync(dataDir)).toBe(false)
})

/** A database with room in it that nothing needs, in the file itself. */
function withRoom(dataDir: string) {
  const it = withNotes(dataDir)
  it.sql.run('insert into notes select hex(randomblob(100000)) from (values (1), (2), (3), (4), (5))')
  it.sql.run('delete from notes where length(word) > 3')
  it.sql.all('pragma wal_checkpoint(truncate)')
  it.storage.look()
  expect(it.storage.fault).toBeNull()
  return it
}

test.each<[string, (folder: string) => void]>([
  ['VACUUM', (folder) => lookedAt(folder, 'vacuum')],
  [
    'VACUUM and a checkpoint',
    (folder) => {
      lookedAt(folder, 'vacuum')
      lookedAt(folder, 'pragma wal_checkpoint(truncate)')
    },
  ],
  [
    'two, one after the other',
    (folder) => {
      for (const _ of [1, 2]) {
        lookedAt(folder, 'vacuum')
        lookedAt(folder, 'pragma wal_checkpoint(truncate)')
      }
    },
  ],
])(
  'a database that is made smaller beside the service by %s is no damage; one that has lost its end is',
  (_, shrink) => {
    const dataDir = scratchFolder(clean)
    const it = withRoom(dataDir)
    const other = openSqlite(databasePath(dataDir), 'late', () => {}, true)
    const bytes = statSync(databasePath(dataDir)).size
    shrink(dataDir)
    it.sql.all('pragma wal_checkpoint(truncate)')
    expect(statSync(databasePath(dataDir)).size).toBeLessThan(bytes / 2)
    it.storage.look()
    expect([it.storage.fault, it.said]).toEqual([null, []])
    it.write('three')
    other.run("insert into notes values ('four')")
    it.storage.look()
    expect(it.storage.fault).toBeNull()
    other.close()
    truncateSync(databasePath(dataDir), statSync(databasePath(dataDir)).size - 4_096)
    it.storage.look()
    expect(it.storage.fault).toBe('damaged')
    expect(() => it.write('five')).toThrow('damaged')
  },
)

test('whether it can be written again is tried with as much as an alert needs, and leaves nothing behind', () => {
  const dataDir = scratchFolder(clean)
  const it = withNotes(dataDir)
  const bytes = () => Number(it.sql.all<{ page_count: number }>('pragma page_count')[0]?.page_count) * 4_096
  const before = bytes()
  for (const _ of [1, 2, 3]) expect(it.sql.tryWriting()).toBe(true)
  expect(bytes() - before).toBeGreaterThanOrEqual(128 * 1_024)
  expect(bytes() - before).toBeLessThan(256 * 1_024)
  expect(it.sql.all("select room from schema_steps where room like 'filler%'")).toEqual([])
  it.close()
})

test('a thread opens only a database that is there', () => {
  const folder = scratchFolder(clean)
  for (const name of ['none.db', 'a b%20?c#d.db', 'нет.db']) {
    const path = join(folder, name)
    expect(() => openSqlite(path, 'full', () => {}, true)).toThrow()
    expect(existsSync(path)).toBe(false)
    openSqlite(path).close()
    openSqlite(path, 'full', () => {}, true).close()
  }
})

test('a thread that cannot start is reported once, however often it is tried', async () => {
  const folder = scratchFolder(clean)
  const file = join(folder, 'broken.mjs')
  writeFileSync(file, "throw new Error('no database')")
  const told: string[] = []
  let lives = 0
  const startRun = () => {
    lives += 1
    return { workerData: null, onMessage() {}, onExit() {} }
  }
  const report = (error: unknown) => void told.push(String(error))
  const thread = new ThreadSupervisor({
    file: new URL(`file://${file}`),
    name: 'a thread',
    startRun,
    now: Date.now,
    report,
  })
  await expect.poll(() => lives).toBeGreaterThan(3)
  await thread.stop()
  expect(told).toEqual([expect.stringContaining('no database'), expect.stringContaining('another takes its place')])
})

test('the reserve is made once, and given back', () => {
  const folder = scratchFolder(clean)
  fillReserve(folder)
  fillReserve(folder)
  expect(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size])).toEqual([
    ['reserve', 256 * 1_024],
  ])
  spendReserve(folder)
  spendReserve(folder)
  fillReserve(join(folder, 'none'))
  expect(readdirSync(folder)).toEqual([])
  mkdirSync(join(folder, 'data'))
  openDataFolder(join(folder, 'data'))
  expect(readdirSync(join(folder, 'data'))).toEqual([])
})

test('lost push keys are named with their subscriptions; a few of many are no reason to be not ready', () => {
  const places = (...counts: readonly (readonly [string, number])[]) =>
    counts.map(([vapidKeyId, subscriptions], at) => ({ host: `h${at % 2}`, vapidKeyId, subscriptions }))
  expect(lostKeys([], ['now'])).toBeNull()
  expect(lostKeys(places(['now', 5], ['old', 3], ['gone', 0]), ['now', 'old'])).toBeNull()
  expect(lostKeys(places(['gone', 7]), ['now'])).toMatchObject({
    isMost: true,
    detail: expect.stringMatching(/7 of 7 .*key gone, /),
  })
  expect(lostKeys(places(['gone', 2], ['gone', 3], ['now', 5]), ['now'])).toMatchObject({
    isMost: false,
    detail: expect.stringMatching(/5 of 10 .*key gone, /),
  })
  expect(lostKeys(places(['b', 4], ['a', 2], ['now', 5]), ['now'])).toMatchObject({
    isMost: true,
    detail: expect.stringMatching(/6 of 11 .*keys a, b, /),
  })
})

test('a service that others can reach says that it does not know its address; one for this machine does not', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'])
    expect(noPublicUrl({ host, publicUrl: null })).toBeNull()
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'alerts.example']) {
    expect(noPublicUrl({ host, publicUrl: null })).toContain('PUBLIC_URL')
    expect(noPublicUrl({ host, publicUrl: 'https://alerts.example' })).toBeNull()
  }
})

test('the first request through a proxy is warned of, once, where PUBLIC_URL is not set', () => {
  const ask = (publicUrl: string | null, ...headers: readonly Record<string, string>[]) => {
    const said: string[] = []
    const quick = warnOfProxy(
      publicUrl,
      (line) => void said.push(line),
      async () => {},
    )
    for (const given of headers) expect(quick({ headers: given } as never, {} as never)).not.toBeNull()
    return said.length
  }
  expect(ask(null, { host: 'a' }, { host: 'b', accept: '*/*' })).toBe(0)
  for (const name of ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'via'])
    expect(ask(null, { host: 'a' }, { [name]: 'x' }, { [name]: 'y' })).toBe(1)
  expect(ask('https://alerts.example', { 'x-forwarded-for': 'x' })).toBe(0)
})
