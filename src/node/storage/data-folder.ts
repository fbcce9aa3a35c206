import { accessSync, chmodSync, constants, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { codeOf, isFull, StartError } from '../start-errors.ts'
import { spendReserve } from './disk-reserve.ts'

/** The files of a data folder that only its owner may read. */
const ownFiles = [
  'tocsin.db',
  'tocsin.db-wal',
  'tocsin.db-shm',
  'vapid.json',
  'push-secret',
  'signing-key.json',
  'signing-key-lock',
  'lock',
  'lock-holder',
  'reserve',
  'running',
  'log-record',
]

/**
 * Makes the data folder if it does not exist (mode 0700), and makes its files readable for their owner only. Throws
 * StartError when it cannot be made or written; the file of that test is deleted.
 */
export function openDataFolder(path: string): void {
  try {
    makeFolder(resolve(path))
    if (!statSync(path).isDirectory()) throw new StartError(`DATA_DIR ${path} is not a folder.`)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    // Root may write whatever the mode is, but not on a read-only disk, so only a write shows it.
    probe(path)
    for (const name of ownFiles) closeToOthers(join(path, name))
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(whyNot(path, codeOf(error)))
  }
}

/** The service starts on a full disk if there is a database: it serves readers, and accepts alerts when there is space again. */
function probe(path: string): void {
  const file = join(path, `.writable-${process.pid}`)
  try {
    writeFileSync(file, 'x')
  } catch (error) {
    if (!isFull(error) || !existsSync(databasePath(path))) throw error
    spendReserve(path)
  } finally {
    rmSync(file, { force: true })
  }
}

/** The path of a data folder's database. */
export function databasePath(dataDir: string): string {
  return join(dataDir, 'tocsin.db')
}

/** Makes one folder after the other: Node's recursive mkdir never ends where a file system answers ENOENT, such as /proc. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return
  const parent = dirname(path)
  if (parent !== path) makeFolder(parent)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process of this service may have made it.
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

function closeToOthers(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined || (found.mode & 0o077) === 0) return
  // Only the owner of a file may change its mode.
  if (found.uid === process.getuid?.()) chmodSync(file, found.mode & 0o700)
}

function whyNot(path: string, code: string): string {
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return `DATA_DIR ${path} is not a folder: it, or a part of the way there, is a file. Set another DATA_DIR.`
    case 'ENOENT':
      return `DATA_DIR ${path} cannot be made: no folder can be made there (${code}). Set another DATA_DIR.`
    case 'ENAMETOOLONG':
      return `DATA_DIR ${path.slice(0, 60)}… is too long a name for this system. Set a shorter DATA_DIR.`
    case 'ELOOP':
      return `DATA_DIR ${path} leads round in a circle of links. Set another DATA_DIR.`
    case 'ENOSPC':
    case 'EDQUOT':
      return `DATA_DIR ${path} cannot be written: the disk is full (${code}). Make room, or set another DATA_DIR.`
    case 'EROFS':
      return `DATA_DIR ${path} cannot be written: the disk can only be read (${code}). Mount it for writing, or set another DATA_DIR.`
    default:
      return `DATA_DIR ${path} cannot be written (${code}). Give this user the right, or set another DATA_DIR.`
  }
}
