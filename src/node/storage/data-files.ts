import { accessSync, closeSync, constants, openSync, readSync, type Stats, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StorageFault, type StorageFaultKind } from '../../store/storage-fault.ts'
import { codeOf } from '../start-errors.ts'
import { WalFile } from './wal-file.ts'

/** SQLite's own beginning of every database file (https://sqlite.org/fileformat.html §1.3). */
const magic = 'SQLite format 3\0'
const headerBytes = 100
/** Of the header, what tells one database from another: `user_version` and `application_id`. */
const marks = [60, 68] as const
/** With less room than this, one alert and what SQLite writes around it might not fit any more. */
const freeBytesMin = 512 * 1_024

type FileId = { readonly dev: number; readonly ino: number }

/**
 * The files of an open database, as they were when it was opened. On Unix an open file lives on when its name is taken
 * away: what is written to it then is lost with the process, and SQLite does not notice. So this looks again.
 */
export class DataFiles {
  readonly #path: string
  readonly #ids = new Map<string, FileId>()
  #bytesMax = 0
  #header: { readonly file: number; readonly marks: readonly number[] } | null = null
  #log: WalFile | null = null

  /** Call once the database is open and has been written or read: its files are there then. */
  constructor(path: string) {
    this.#path = path
    for (const file of [path, `${path}-wal`, `${path}-shm`]) this.#remember(file)
  }

  /**
   * Looks at what the file begins with from now on too, and whether the log is as long as it must be. For one connection
   * of a process only, and on its main thread: closing any other handle on a database gives up all of SQLite's locks on it
   * (https://sqlite.org/howtocorrupt.html §2.2).
   */
  watchHeader(): void {
    const file = openSync(this.#path, 'r')
    const header = headerOf(file)
    if (header === null) throw new StorageFault('failing', 'read')
    this.#header = { file, marks: marksOf(header) }
    this.#log = WalFile.open(this.#path)
  }

  /** What is wrong with the files, or null. A few system calls that need no disk. */
  fault(): Extract<StorageFaultKind, 'missing' | 'replaced' | 'damaged' | 'failing'> | null {
    for (const [file, id] of this.#ids) {
      const found = look(file)
      if (found === null) return 'missing'
      if (found.ino !== id.ino || found.dev !== id.dev) return 'replaced'
      if (file !== this.#path) continue
      if (this.#isCut(found.size)) return 'damaged'
    }
    return this.#headerFault() ?? (this.#log?.isCut() ? 'damaged' : null)
  }

  /** Whether of all files only the write-ahead log has no name any more: then this process can still save what is in it. */
  isOnlyLogMissing(): boolean {
    const log = `${this.#path}-wal`
    for (const [file, id] of this.#ids) {
      const found = look(file)
      if (file === log ? found !== null : file === this.#path && (found?.ino !== id.ino || found.dev !== id.dev))
        return false
    }
    return !this.#isCut(look(this.#path)?.size ?? 0) && this.#headerFault() === null
  }

  /** Whether this process alone still has the database: its file has no name any more, or another has that name. */
  isHeldAlone(): boolean {
    const id = this.#ids.get(this.#path)
    const found = look(this.#path)
    return (found?.ino !== id?.ino || found?.dev !== id?.dev) && this.#headerFault() === null
  }

  /** Whether there is no room to write, by what the file system says without being written to. */
  headroomFault(): Extract<StorageFaultKind, 'full' | 'read-only'> | null {
    try {
      accessSync(dirname(this.#path), constants.W_OK)
      accessSync(this.#path, constants.W_OK)
      const { bavail, bsize, blocks } = statfsSync(dirname(this.#path))
      // Some file systems do not tell: they have no blocks at all.
      return blocks > 0 && bavail * bsize < freeBytesMin ? 'full' : null
    } catch (error) {
      // Whoever is missing is told of elsewhere.
      return ['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error)) ? 'read-only' : null
    }
  }

  /** After the database has been closed, by everyone in this process. */
  close(): void {
    if (this.#header !== null) closeSync(this.#header.file)
    this.#header = null
    this.#log?.close()
    this.#log = null
  }

  /**
   * Whether the database has lost its end. It is never made smaller by us, but a VACUUM beside us may, with the checkpoint
   * after it: then its header tells the new size. Who does not look at the header leaves that to who does.
   */
  #isCut(size: number): boolean {
    const header = size < this.#bytesMax && this.#header !== null ? headerOf(this.#header.file) : null
    if (header !== null && size !== bytesByHeader(header)) return true
    this.#bytesMax = size
    return false
  }

  #headerFault(): 'replaced' | 'damaged' | 'failing' | null {
    if (this.#header === null) return null
    const header = headerOf(this.#header.file)
    if (header === null) return 'failing'
    if (header.subarray(0, magic.length).toString('latin1') !== magic) return 'damaged'
    const { marks: known } = this.#header
    return marksOf(header).every((mark, at) => mark === known[at]) ? null : 'replaced'
  }

  #remember(file: string): void {
    const found = look(file)
    if (found !== null) this.#ids.set(file, { dev: found.dev, ino: found.ino })
  }
}

function look(file: string): Stats | null {
  try {
    return statSync(file, { throwIfNoEntry: false }) ?? null
  } catch {
    // It can be reached no more, for whatever reason: nothing that is written would be found there again.
    return null
  }
}

/** Null: the disk does not give it. */
function headerOf(file: number): Buffer | null {
  const header = Buffer.alloc(headerBytes)
  try {
    readSync(file, header, 0, headerBytes, 0)
    return header
  } catch {
    return null
  }
}

/** The size of the whole file by its header (https://sqlite.org/fileformat.html §1.3.2 and §1.3.8). */
function bytesByHeader(header: Buffer): number {
  const told = header.readUInt16BE(16)
  return (told === 1 ? 65_536 : told) * header.readUInt32BE(28)
}

function marksOf(header: Buffer): readonly number[] {
  return marks.map((at) => header.readUInt32BE(at))
}
