import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { backUp } from '../../../src/node/backup/backup.ts'
import { readManifest } from '../../../src/node/backup/manifest.ts'
import { renewInPlace, restore } from '../../../src/node/backup/restore.ts'
import { refuseUnfinishedRestore } from '../../../src/node/backup/unfinished-restore.ts'
import { loadSecret, loadVapidKeys } from '../../../src/node/push/push-key-files.ts'
import { loadRing } from '../../../src/node/signing/signing-key-file.ts'
import { databasePath } from '../../../src/node/storage/data-folder.ts'
import { lockDataFolder } from '../../../src/node/storage/data-lock.ts'
import { newAlert, newsroom } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { testSigner } from '../../support/signing/test-signer.ts'
import { openedStores } from '../../support/storage/opened-stores.ts'

const clean = cleaning()

let alerts = 0

type Stores = ReturnType<typeof openedStores>

async function publish(log: Stores['log'], count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    alerts += 1
    await log.append(newAlert(`01932f6e-0000-7000-8000-${String(alerts).padStart(12, '0')}`), `key-${alerts}`)
  }
}

/** A data folder as a service has it, with so many entries; the service's stores are still open. */
async function dataFolder(count: number) {
  const dataDir = join(scratchFolder(clean), 'data')
  const stores = openedStores(clean, dataDir)
  loadSecret(dataDir)
  await loadVapidKeys(dataDir)
  loadRing(dataDir, Date.now())
  await publish(stores.log, count)
  return { dataDir, stores }
}

type Options = Partial<Parameters<typeof backUp>[0]>

/** Backs up into a new folder, and gives it with what was said. */
async function backedUp(dataDir: string, options: Options = {}) {
  const said: string[] = []
  const folder = options.folder ?? join(scratchFolder(clean), 'backup')
  const manifest = await backUp({
    ...{ dataDir, folder, newsroomPath: null, tocsinVersion: '9.9.9', now: () => 0 },
    ...{ progress: () => {}, warn: (line: string) => void said.push(line), signal: new AbortController().signal },
    ...options,
  })
  return { folder, manifest, said }
}

const restored = (folder: string, dataDir: string, signal = new AbortController().signal) =>
  restore({ folder, dataDir, now: () => 1_000, signal })

/** Runs a statement, and then gives the index of alerts another definition without building it anew. */
function changeIndex(dataDir: string, definition: string, statement: string): void {
  const database = new DatabaseSync(databasePath(dataDir), { defensive: false })
  database.exec(statement)
  database.exec('pragma writable_schema = on')
  database.prepare(`update sqlite_schema set sql = ? where name = 'alerts_by_seq'`).run(definition)
  database.close()
}

/** Makes the database so many megabytes larger: a copy of it takes several steps. */
function fill(stores: Stores, megabytes: number): void {
  stores.sql.run('create table filler (room blob) strict')
  for (let at = 0; at < megabytes; at += 1) stores.sql.run('insert into filler values (randomblob(1000000))')
}

/** What a folder holds besides the files of its lock. */
const listed = (folder: string) =>
  readdirSync(folder)
    .filter((name) => !name.startsWith('lock'))
    .sort()

test('a backup of a running service holds what was stored before its start, for its owner only, and says what it is', async () => {
  const { dataDir, stores } = await dataFolder(3)
  const newsroom = join(scratchFolder(clean), 'ours.json')
  writeFileSync(newsroom, '{}')
  const before = listed(dataDir)
  const { folder, manifest, said } = await backedUp(dataDir, { newsroomPath: newsroom })
  expect(manifest).toMatchObject({ head: 3, epoch: await stores.epoch(), createdAt: '1970-01-01T00:00:00.000Z' })
  expect(readManifest(folder)).toEqual(manifest)
  const names = ['manifest.json', 'newsroom.json', 'push-secret', 'signing-key.json', 'tocsin.db', 'vapid.json']
  expect(listed(folder)).toEqual(names)
  for (const name of names) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600])
  expect([said, listed(dataDir), statSync(folder).mode & 0o777]).toEqual([[], before, 0o700])
  // The service goes on, on the same files.
  await publish(stores.log, 1)
  stores.storage.look()
  expect([stores.said, stores.storage.fault]).toEqual([[], null])
})

test('a backup is one state of the database however much is written meanwhile, and is not begun anew for it', async () => {
  const { dataDir, stores } = await dataFolder(2)
  fill(stores, 40)
  const steps: number[] = []
  const { manifest, folder } = await backedUp(dataDir, {
    progress(share) {
      steps.push(share)
      stores.sql.run('insert into filler values (randomblob(100000))')
      void publish(stores.log, 1)
    },
  })
  expect(steps.length).toBeGreaterThan(5)
  expect(steps).toEqual(steps.toSorted((a, b) => a - b))
  expect((await stores.log.bounds()).head).toBeGreaterThan(5)
  expect(manifest.head).toBe(2)
  const copy = new DatabaseSync(join(folder, 'tocsin.db'))
  expect(
    copy.prepare('select (select count(*) from filler) as f, (select max(seq) from entries) as head').get(),
  ).toEqual({
    f: 40,
    head: 2,
  })
  copy.close()
})

test('a backup of a stopped service, or of a killed one, holds everything, and leaves its files as they are', async () => {
  const { dataDir, stores } = await dataFolder(2)
  const killed = scratchFolder(clean)
  for (const name of ['tocsin.db', 'tocsin.db-wal', 'push-secret', 'vapid.json', 'signing-key.json'])
    writeFileSync(join(killed, name), readFileSync(join(dataDir, name)))
  stores.close()
  const log = readFileSync(join(killed, 'tocsin.db-wal'))
  for (const folder of [dataDir, killed]) expect((await backedUp(folder)).manifest.head).toBe(2)
  expect(readFileSync(join(killed, 'tocsin.db-wal')).equals(log)).toBe(true)
})

function linkTo(folder: string): string {
  const link = join(scratchFolder(clean), 'link')
  symlinkSync(folder, link)
  return link
}

test.each<[string, (dataDir: string) => Options, RegExp]>([
  ['into a folder that exists', () => ({ folder: scratchFolder(clean) }), /exists already/],
  ['where there is no folder to make it in', () => ({ folder: '/nowhere/at/all' }), /nowhere\/at is not there/],
  ['inside the data folder', (dataDir) => ({ folder: join(dataDir, 'backup') }), /inside the data folder/],
  [
    'by a link that leads into the data folder',
    (dataDir) => ({ folder: join(linkTo(dataDir), 'backup') }),
    /inside the data folder/,
  ],
  [
    'inside the data folder, which is named by a link',
    (dataDir) => ({ dataDir: linkTo(dataDir), folder: join(dataDir, 'backup') }),
    /inside the data folder/,
  ],
  ['of a folder without a database', () => ({ dataDir: scratchFolder(clean) }), /There is no tocsin\.db/],
  ['with a newsroom’s file that is not there', () => ({ newsroomPath: '/nowhere.json' }), /nowhere\.json is missing/],
  [
    'of a database with an index that lacks a row',
    (dataDir) => {
      // A row comes while the index takes none.
      const own = 'create index alerts_by_seq on alerts (seq)'
      changeIndex(dataDir, `${own} where 0`, '')
      changeIndex(dataDir, own, `insert into alerts (id, seq) values ('x', 99)`)
      return {}
    },
    /is damaged, so no backup was made/,
  ],
])('a backup %s is refused with a sentence, and nothing of it is left', async (_, prepare, sentence) => {
  const { dataDir, stores } = await dataFolder(2)
  stores.close()
  const folder = join(scratchFolder(clean), 'backup')
  const options = { folder, ...prepare(dataDir) }
  await expect(backedUp(dataDir, options)).rejects.toThrow(sentence)
  expect([readdirSync(join(folder, '..')), listed(dataDir).includes('backup')]).toEqual([[], false])
})

test('a backup that is stopped leaves nothing; what one left that was killed is named', async () => {
  const { dataDir, stores } = await dataFolder(1)
  fill(stores, 20)
  const parent = scratchFolder(clean)
  const stop = new AbortController()
  const progress = () => stop.abort()
  await expect(backedUp(dataDir, { folder: join(parent, 'one'), progress, signal: stop.signal })).rejects.toThrow()
  expect(readdirSync(parent)).toEqual([])
  mkdirSync(join(parent, '.one.unfinished-999999999'))
  const { said } = await backedUp(dataDir, { folder: join(parent, 'one') })
  expect(said).toEqual([expect.stringMatching(/unfinished-999999999 is what a backup left/)])
})

test.each([
  ['push-secret', 'PUSH_SECRET'],
  ['vapid.json', 'VAPID_PUBLIC_KEY'],
  ['signing-key.json', 'SIGNING_KEY'],
])('a backup without %s is made, and a warning names the setting that may stand for it', async (name, setting) => {
  const { dataDir, stores } = await dataFolder(1)
  stores.close()
  rmSync(join(dataDir, name))
  const folder = join(scratchFolder(clean), 'backup')
  const { said } = await backedUp(dataDir, { folder })
  expect(said).toEqual([expect.stringMatching(new RegExp(`has no ${name}.*${setting}`))])
  const { manifest } = await restore({
    dataDir: join(scratchFolder(clean), 'data'),
    folder,
    now: Date.now,
    signal: new AbortController().signal,
  })
  expect(manifest.files.map((file) => file.name)).not.toContain(name)
})

test('a restore says which key is lacking where the log is signed and the backup has no signing key', async () => {
  const { dataDir, stores } = await dataFolder(1)
  const { signer } = testSigner()
  const restoredFrom = async (folder: string) => (await restored(folder, join(scratchFolder(clean), 'data'))).lackingKey
  stores.log.signing.begin({ signer, newsroom })
  await stores.log.signing.signMore(1)
  expect(await restoredFrom((await backedUp(dataDir)).folder)).toBeNull()
  rmSync(join(dataDir, 'signing-key.json'))
  expect(await restoredFrom((await backedUp(dataDir)).folder)).toBe(signer.keyId)
})

test('a backup of the format before is restored; a version that knows only that one says that this one is newer', async () => {
  const { dataDir } = await dataFolder(2)
  const { folder } = await backedUp(dataDir)
  // The version before takes a greater number for a newer version's, whatever else is in the manifest.
  expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toMatchObject({ format: 2 })
  edit(folder, '"format": 2', '"format": 1')
  expect(await restored(folder, join(scratchFolder(clean), 'data'))).toMatchObject({ head: 2, manifest: { format: 1 } })
})

test('a backup with another database’s push secret is made, and it is said that it cannot decrypt', async () => {
  const { dataDir, stores } = await dataFolder(1)
  stores.sql.run(`insert into push_canary (only_row, closed) values (1, randomblob(60))`)
  expect((await backedUp(dataDir)).said).toEqual([expect.stringMatching(/push-secret does not belong/)])
})

test('a restored folder has the files of the backup and a new epoch, which the start of the service keeps', async () => {
  const { dataDir, stores } = await dataFolder(3)
  const { folder } = await backedUp(dataDir)
  const to = join(scratchFolder(clean), 'new', 'data')
  const done = await restored(folder, to)
  expect(done).toMatchObject({ formerEpoch: await stores.epoch(), head: 3 })
  expect(listed(to)).toEqual(['log-record', 'push-secret', 'signing-key.json', 'tocsin.db', 'vapid.json'])
  for (const name of ['push-secret', 'signing-key.json', 'vapid.json'])
    expect(readFileSync(join(to, name))).toEqual(readFileSync(join(dataDir, name)))
  const next = openedStores(clean, to)
  expect([await next.epoch(), next.said, (await next.log.bounds()).head]).toEqual([done.epoch, [], 3])
  expect(done.epoch).not.toBe(done.formerEpoch)
  next.close()
  // Each restore of the same backup is another log.
  const other = await restore({
    folder,
    dataDir: join(to, '..', 'b'),
    now: () => 2_000,
    signal: new AbortController().signal,
  })
  expect(other.epoch).not.toBe(done.epoch)
})

test.each<[string, (folder: string) => void, RegExp]>([
  ['lost a file', (folder) => rmSync(join(folder, 'push-secret')), /push-secret is missing/],
  ['lost its manifest', (folder) => rmSync(join(folder, 'manifest.json')), /manifest\.json cannot be read \(ENOENT\)/],
  ['was cut', (folder) => truncateSync(join(folder, 'tocsin.db'), 4_096), /tocsin\.db has 4096 bytes, not the/],
  ['grew', (folder) => appendFileSync(join(folder, 'vapid.json'), ' '), /vapid\.json has \d+ bytes, not the/],
  ['had one byte changed', (folder) => flip(join(folder, 'tocsin.db'), 20_000), /tocsin\.db is not what was backed up/],
  ['had its secret edited', (folder) => flip(join(folder, 'push-secret'), 3), /push-secret is not what was backed up/],
  ['has half a manifest', (folder) => truncateSync(join(folder, 'manifest.json'), 99), /manifest\.json is damaged/],
  ['names a path', (folder) => edit(folder, '"push-secret"', '"../push-secret"'), /manifest\.json is damaged \(files/],
  ['names no database', (folder) => edit(folder, '"tocsin.db"', '"newsroom.json"'), /does not name tocsin\.db/],
  ['is of a later format', (folder) => edit(folder, '"format": 2', '"format": 3'), /newer version of Tocsin/],
  ['is not there', (folder) => rmSync(folder, { recursive: true }), /this folder does not exist/],
])('of a backup that %s nothing is restored, and a sentence says why', async (_, harm, sentence) => {
  const { dataDir } = await dataFolder(2)
  const { folder } = await backedUp(dataDir)
  harm(folder)
  const to = join(scratchFolder(clean), 'data')
  await expect(restored(folder, to)).rejects.toThrow(sentence)
  expect(existsSync(to)).toBe(false)
})

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(path, bytes)
}

function edit(folder: string, from: string, to: string): void {
  const path = join(folder, 'manifest.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
}

test('a folder in use, or with anything in it, is never restored into, and stays as it is', async () => {
  const { dataDir, stores } = await dataFolder(2)
  const { folder } = await backedUp(dataDir)
  const before = listed(dataDir)
  const lock = await lockDataFolder(dataDir)
  await expect(restored(folder, dataDir)).rejects.toThrow(/is in use by another service \(process \d+/)
  await expect(renewInPlace({ dataDir, now: () => 0 })).rejects.toThrow(/is in use by another service/)
  lock.release()
  stores.close()
  await expect(restored(folder, dataDir)).rejects.toThrow(/is not empty \(.*and \d more\).*mv .*data .*data-before/)
  expect(listed(dataDir).filter((name) => !before.includes(name))).toEqual([])
  const other = join(scratchFolder(clean), "the desk's data")
  mkdirSync(other)
  writeFileSync(join(other, 'letter.txt'), 'dear')
  // The command can be pasted into a shell.
  await expect(restored(folder, other)).rejects.toThrow(/is not empty \(letter\.txt\).*the desk'\\''s data-before'$/)
  expect(listed(other)).toEqual(['letter.txt'])
})

test('a restore that was cut off is refused by the service, and begun anew by another; a stopped one leaves nothing', async () => {
  const { dataDir } = await dataFolder(2)
  const { folder } = await backedUp(dataDir)
  const to = scratchFolder(clean)
  await expect(restored(folder, to, AbortSignal.abort())).rejects.toThrow()
  expect(listed(to)).toEqual([])
  writeFileSync(join(to, 'restore-unfinished'), '')
  writeFileSync(join(to, 'tocsin.db'), 'half')
  expect(() => refuseUnfinishedRestore(to)).toThrow(/its restore was cut off\. Run the same npx tocsin restore again/)
  await expect(renewInPlace({ dataDir: to, now: () => 0 })).rejects.toThrow(/cut off/)
  expect((await restored(folder, to)).head).toBe(2)
  expect(() => refuseUnfinishedRestore(to)).not.toThrow()
})

test('the log of an old snapshot of the whole folder gets a new epoch in place', async () => {
  const { dataDir, stores } = await dataFolder(2)
  const epoch = await stores.epoch()
  stores.close()
  const done = await renewInPlace({ dataDir, now: () => 1_000 })
  expect(done).toMatchObject({ formerEpoch: epoch, head: 2 })
  const next = openedStores(clean, dataDir)
  expect([await next.epoch(), next.said]).toEqual([done.epoch, []])
  await expect(renewInPlace({ dataDir: scratchFolder(clean), now: () => 0 })).rejects.toThrow(/There is no tocsin\.db/)
})
