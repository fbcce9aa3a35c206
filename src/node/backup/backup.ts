import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { secretOf } from '../../push/crypto/push-secret.ts'
import { canDecryptCanary } from '../../store/sqlite/secret-canary.ts'
import { nodeAddressCrypto } from '../push/node-address-encryption.ts'
import { StartError } from '../start-errors.ts'
import { databasePath } from '../storage/data-folder.ts'
import { type BackupFile, backupFormat, type Manifest, manifestName, manifestOf, readWhole } from './manifest.ts'
import { syncFolder } from './sync-folder.ts'

/** Pages copied in one step: 4 MiB of the usual pages. Progress and a signal are looked at in between. */
const pagesAStep = 1_024
const busyMsMax = 5_000
/** What a backup needs besides the database, in bytes: the other files, and the folder itself. */
const spareBytes = 1_024 * 1_024

type Asked = {
  readonly dataDir: string
  /** The backup's folder, which must not exist. */
  readonly folder: string
  readonly newsroomPath: string | null
  readonly tocsinVersion: string
  readonly now: () => number
  readonly progress: (share: number) => void
  readonly warn: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * Backs up a data folder, whether a service uses it or not, into a new folder. It has a temporary name until it is whole
 * and was checked. Throws StartError, or an error of the system or of SQLite.
 */
export async function backUp(asked: Asked): Promise<Manifest> {
  const { dataDir, warn } = asked
  const folder = resolve(asked.folder)
  refuseSource(dataDir)
  refuseTarget(folder, dataDir)
  const draft = join(dirname(folder), `.${basename(folder)}.unfinished-${process.pid}`)
  for (const left of unfinishedBeside(folder)) warn(`${left} is what a backup left that was cut off. Remove it.`)
  refuseFullDisk(dirname(folder), bytesOf(dataDir))
  mkdirSync(draft, { mode: 0o700 })
  try {
    const facts = await copyDatabase(asked, join(draft, 'tocsin.db'))
    const files: BackupFile[] = [
      { name: 'tocsin.db', ...(await readWhole(join(draft, 'tocsin.db'), null, asked.signal)) },
    ]
    // After the database: the VAPID keys that its newest subscriptions were made with are there by now.
    files.push(...(await copySmallFiles(asked, draft)))
    await warnOfOtherSecret(draft, warn)
    const manifest = { createdAt: new Date(asked.now()).toISOString(), ...facts, files }
    writeFileSync(join(draft, manifestName), manifestOf(manifest), { mode: 0o600, flush: true })
    syncFolder(draft)
    asked.signal.throwIfAborted()
    renameSync(draft, folder)
    syncFolder(dirname(folder))
    return { format: backupFormat, ...manifest }
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw error
  }
}

function refuseTarget(folder: string, dataDir: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined)
    throw new StartError(
      `${folder} exists already, and a backup is never written over another. Give a folder that does not exist.`,
    )
  if (statSync(dirname(folder), { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new StartError(`${dirname(folder)} is not there, or is no folder. Mount or make it, and run this again.`)
  // By their real paths, because a link may lead into the data folder.
  const way = relative(realpathSync(dataDir), join(realpathSync(dirname(folder)), basename(folder)))
  if (way !== '' && way !== '..' && !way.startsWith('../'))
    throw new StartError(`${folder} is inside the data folder, and would be lost with it. Give a folder elsewhere.`)
}

function refuseSource(dataDir: string): void {
  const size = statSync(databasePath(dataDir), { throwIfNoEntry: false })?.size
  const mend = 'Give the data folder of the service with --data or DATA_DIR.'
  if (size === undefined) throw new StartError(`There is no tocsin.db in ${dataDir}. ${mend}`)
  if (size === 0) throw new StartError(`${databasePath(dataDir)} is empty (0 bytes). ${mend}`)
}

/** What earlier backups to the same name or others left beside it. */
function unfinishedBeside(folder: string): readonly string[] {
  const left = readdirSync(dirname(folder)).filter((name) => /^\..*\.unfinished-\d+$/.test(name))
  return left.map((name) => join(dirname(folder), name)).filter((path) => !isRunning(path))
}

function isRunning(path: string): boolean {
  try {
    process.kill(Number(/\d+$/.exec(path)?.[0]), 0)
    return true
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function bytesOf(dataDir: string): number {
  const files = [databasePath(dataDir), `${databasePath(dataDir)}-wal`]
  return files.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), spareBytes)
}

/** Throws a StartError when the disk of a folder has less free space than this. */
export function refuseFullDisk(folder: string, bytes: number): void {
  const { bavail, bsize, blocks } = statfsSync(folder)
  // Some file systems report no blocks at all.
  if (blocks === 0 || bavail * bsize >= bytes) return
  const mb = (count: number) => `${Math.ceil(count / 1_000_000).toLocaleString('en')} MB`
  throw new StartError(
    `The disk of ${folder} has ${mb(bavail * bsize)} free, and needs ${mb(bytes)}. Make room, and run this again.`,
  )
}

/**
 * Copies the database by SQLite's online backup. The open read transaction keeps one state of the database for all steps:
 * without it, each write of the service would begin the copy anew. Meanwhile the service's write-ahead log only grows.
 * The connection only reads, so closing it moves nothing and deletes nothing.
 */
async function copyDatabase({ dataDir, progress, signal, tocsinVersion }: Asked, to: string) {
  const source = new DatabaseSync(databasePath(dataDir), { readOnly: true, timeout: busyMsMax })
  try {
    // Made before SQLite opens it: for its owner only.
    writeFileSync(to, '', { mode: 0o600, flag: 'wx' })
    source.exec('begin')
    const facts = factsOf(source, databasePath(dataDir))
    await backup(source, to, {
      rate: pagesAStep,
      progress({ totalPages, remainingPages }) {
        signal.throwIfAborted()
        progress(1 - remainingPages / totalPages)
      },
    })
    signal.throwIfAborted()
    checkCopy(to, databasePath(dataDir))
    const { sqlite, ...log } = facts
    return { ...log, versions: { tocsin: tocsinVersion, node: process.versions.node, sqlite } }
  } finally {
    source.close()
  }
}

const selectFacts = `select sqlite_version() as sqlite, (select epoch from log) as epoch,
  (select coalesce(max(seq), 0) from entries) as head, (select count(*) from subscriptions) as subscriptions`

function factsOf(source: DatabaseSync, path: string) {
  const tables = source
    .prepare(`select name from sqlite_schema where name in ('log', 'entries', 'subscriptions')`)
    .all()
  if (tables.length < 3)
    throw new StartError(`${path} is no database of Tocsin. Give the data folder with --data or DATA_DIR.`)
  return source.prepare(selectFacts).get() as { sqlite: string; epoch: string; head: number; subscriptions: number }
}

/**
 * Checks the copy, which nobody else uses and which nothing is waiting for. `integrity_check` and not the quicker
 * `quick_check`: only it compares the indexes with their tables, and a fault of SQLite or of the disk may leave just those
 * apart (https://sqlite.org/pragma.html#pragma_integrity_check). Neither checks foreign keys.
 */
function checkCopy(copy: string, path: string): void {
  // `immutable`: no file is made beside it (https://sqlite.org/uri.html#uriimmutable).
  const database = new DatabaseSync(`${pathToFileURL(copy).href}?immutable=1`, { readOnly: true })
  try {
    const [found] = database.prepare('pragma integrity_check(1)').all()
    const [orphan] = database.prepare('pragma foreign_key_check').all()
    const fault =
      found?.integrity_check !== 'ok' ? found?.integrity_check : orphan && `a row of ${orphan.table} has no parent`
    if (fault)
      throw new StartError(
        `${path} is damaged, so no backup was made (${String(fault).replace(/\s+/g, ' ')}). Keep your earlier backups. Restore the newest of them, or save what can be read: sqlite3 tocsin.db .recover | sqlite3 saved.db.`,
      )
  } finally {
    database.close()
  }
}

/** The files that a service makes for itself where a setting does not give what they hold. */
const keyFiles = {
  'push-secret': 'PUSH_SECRET',
  'vapid.json': 'VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY',
  'signing-key.json': 'SIGNING_KEY',
} as const

async function copySmallFiles({ dataDir, newsroomPath, warn, signal }: Asked, draft: string): Promise<BackupFile[]> {
  const files: BackupFile[] = []
  const copy = async (name: BackupFile['name'], path: string) =>
    void files.push({ name, ...(await readWhole(path, join(draft, name), signal)) })
  for (const [name, settings] of Object.entries(keyFiles) as [keyof typeof keyFiles, string][])
    if (existsSync(join(dataDir, name))) await copy(name, join(dataDir, name))
    else
      warn(
        `Warning: ${dataDir} has no ${name}, so it is not in the backup. If the service has it by ${settings}, keep those settings with the backup; otherwise put it back, and make another backup.`,
      )
  if (newsroomPath === null) return files
  if (!existsSync(newsroomPath))
    throw new StartError(`${newsroomPath} is missing: --newsroom or NEWSROOM names it. Give the right file.`)
  await copy('newsroom.json', newsroomPath)
  return files
}

/** A backup with another push secret is better than none, but its subscriptions cannot be decrypted. */
async function warnOfOtherSecret(draft: string, warn: (line: string) => void): Promise<void> {
  if (!existsSync(join(draft, 'push-secret'))) return
  const secret = secretOf(readFileSync(join(draft, 'push-secret'), 'utf8'))
  const database = new DatabaseSync(`${pathToFileURL(join(draft, 'tocsin.db')).href}?immutable=1`, { readOnly: true })
  try {
    const sql = { all: <Row>(text: string) => database.prepare(text).all() as Row[] }
    // A database that has never stored a subscription has no such table.
    if (sql.all(`select 1 from sqlite_schema where name = 'push_canary'`).length === 0) return
    const isRight =
      secret !== null && (await canDecryptCanary(sql, await AddressEncryption.make(secret, nodeAddressCrypto(secret))))
    if (isRight === false) warn(otherSecret)
  } finally {
    database.close()
  }
}

const otherSecret =
  'Warning: push-secret does not belong to this database: the stored push addresses cannot be decrypted with it. Put the right one back (npx tocsin doctor says the same), and make another backup.'
