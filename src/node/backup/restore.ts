import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { plural } from '../../domain/plural.ts'
import { newEpoch } from '../../log/log.ts'
import { newestKeyOf } from '../../store/sqlite/entry-signing.ts'
import { epochOf, headOf, renewEpoch } from '../../store/sqlite/sqlite-log.ts'
import { signingKeyFile } from '../signing/signing-key-file.ts'
import { StartError } from '../start-errors.ts'
import { databasePath, openDataFolder } from '../storage/data-folder.ts'
import { lockDataFolder } from '../storage/data-lock.ts'
import { openDatabase } from '../storage/database.ts'
import { refuseFullDisk } from './backup.ts'
import { markRecorded, writeLogRecord } from './log-record.ts'
import { type BackupFile, backupNames, type Manifest, readManifest, readWhole } from './manifest.ts'
import { syncFolder } from './sync-folder.ts'
import { refuseUnfinishedRestore, unfinishedName } from './unfinished-restore.ts'

/** Files without content of their own, which a data folder may hold and still be empty. */
const freeNames = new Set(['lock', 'lock-journal', 'lock-holder', 'reserve', 'lost+found'])
const spareBytes = 1_024 * 1_024

type Asked = {
  readonly dataDir: string
  /** The folder of the backup. */
  readonly folder: string
  readonly now: () => number
  readonly signal: AbortSignal
}

/** What a log was and is, by its epochs. */
export type Renewed = { readonly formerEpoch: string; readonly epoch: string; readonly head: number }

type Restored = {
  readonly manifest: Manifest
  /** The id of the key that signed the log last, where the backup has no signing key; else null. */
  readonly lackingKey: string | null
}

/**
 * Restores a backup into an empty data folder that no service uses, and gives the log a new epoch. The files are checked
 * before anything is written, and again as they are copied. A file marks the folder until all is there: the service does
 * not start on it, and another restore begins anew. Throws StartError, or an error of the system or of SQLite.
 */
export async function restore(asked: Asked): Promise<Renewed & Restored> {
  const { dataDir, folder, signal } = asked
  const manifest = readManifest(folder)
  for (const file of manifest.files) await copyOrCheck(folder, file, null, signal)
  openDataFolder(dataDir)
  const lock = await lockDataFolder(dataDir, 0)
  try {
    refuseUsed(dataDir)
    refuseFullDisk(
      dataDir,
      manifest.files.reduce((sum, { bytes }) => sum + bytes, spareBytes),
    )
    writeFileSync(join(dataDir, unfinishedName), `${folder}\n`, { mode: 0o600, flush: true })
    syncFolder(dataDir)
    try {
      removeRestored(dataDir)
      for (const file of manifest.files) await copyOrCheck(folder, file, join(dataDir, file.name), signal)
      const { newestKey, ...renewed } = renew(dataDir, asked.now)
      const hasKey = manifest.files.some(({ name }) => name === signingKeyFile)
      syncFolder(dataDir)
      // From here on the folder is a data folder.
      rmSync(join(dataDir, unfinishedName))
      syncFolder(dataDir)
      return { ...renewed, manifest, lackingKey: hasKey ? null : newestKey }
    } catch (error) {
      removeRestored(dataDir)
      rmSync(join(dataDir, unfinishedName), { force: true })
      throw error
    }
  } finally {
    lock.release()
  }
}

/** Gives the log of a data folder that no service uses a new epoch: the folder, or its whole disk, is an older copy. */
export async function renewInPlace({ dataDir, now }: Pick<Asked, 'dataDir' | 'now'>): Promise<Renewed> {
  if (!existsSync(databasePath(dataDir)))
    throw new StartError(
      `There is no tocsin.db in ${dataDir}. Give the data folder of the service with --data or DATA_DIR.`,
    )
  openDataFolder(dataDir)
  const lock = await lockDataFolder(dataDir, 0)
  try {
    refuseUnfinishedRestore(dataDir)
    const { newestKey: _, ...renewed } = renew(dataDir, now)
    return renewed
  } finally {
    lock.release()
  }
}

function renew(dataDir: string, now: () => number): Renewed & { readonly newestKey: string | null } {
  const { sql, ...renewed } = openDatabase(dataDir, (database) => {
    const formerEpoch = epochOf(database) ?? ''
    const epoch = newEpoch(Math.random(), now())
    renewEpoch(database, epoch)
    markRecorded(database)
    return { formerEpoch, epoch, head: headOf(database), newestKey: newestKeyOf(database) }
  })
  sql.close()
  sql.files?.close()
  writeLogRecord(dataDir, { epoch: renewed.epoch, newest: renewed.head })
  return renewed
}

/** Reads a file of the backup, and copies it if a path is given. Throws a StartError when it is not what the manifest says. */
async function copyOrCheck(
  folder: string,
  { name, bytes, sha256 }: BackupFile,
  copyTo: string | null,
  signal: AbortSignal,
): Promise<void> {
  const path = join(folder, name)
  const instead = 'Nothing was restored. Use another backup.'
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) throw new StartError(`${folder} is no whole backup: ${name} is missing. ${instead}`)
  const found = size === bytes ? await readWhole(path, copyTo, signal) : { bytes: size, sha256: '' }
  if (found.bytes !== bytes)
    throw new StartError(
      `${path} has ${found.bytes} ${plural(found.bytes, 'byte')}, not the ${bytes} that it was backed up with. ${instead}`,
    )
  if (found.sha256 !== sha256)
    throw new StartError(
      `${path} is not what was backed up: its SHA-256 is another. It is damaged or was edited. ${instead}`,
    )
}

/** Refuses a folder with anything in it, except for what a restore has left that was cut off. */
function refuseUsed(dataDir: string): void {
  const isOurs = existsSync(join(dataDir, unfinishedName))
  const used = readdirSync(dataDir).filter((name) => !freeNames.has(name) && !(isOurs && isRestored(name)))
  if (used.length === 0) return
  const some = used.length > 3 ? `${used.slice(0, 3).join(', ')} and ${used.length - 3} more` : used.join(', ')
  const away = dataDir.replace(/\/+$/, '')
  throw new StartError(
    `${dataDir} is not empty (${some}), and a restore never writes over anything. Move it away and run this again: mv ${shellWord(away)} ${shellWord(`${away}-before`)}`,
  )
}

/** A path as one word of a shell's command. */
function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

const restoredNames: ReadonlySet<string> = new Set([
  ...backupNames,
  'tocsin.db-wal',
  'tocsin.db-shm',
  'log-record',
  unfinishedName,
])

function isRestored(name: string): boolean {
  return restoredNames.has(name)
}

function removeRestored(dataDir: string): void {
  for (const name of restoredNames) if (name !== unfinishedName) rmSync(join(dataDir, name), { force: true })
}
