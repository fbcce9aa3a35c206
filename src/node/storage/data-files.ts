import { accessSync, closeSync, constants, openSync, readSync, type Stats, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StorageFault, type StorageFaultKind } from '../../store/storage-fault.ts'
import { codeOf } from '../start-errors.ts'
import { WalFile } from './wal-file.ts'

/** The first bytes of every SQLite file (https://sqlite.org/fileformat.html §1.3). */
const magic = 'SQLite format 3\0'
const headerBytes = 100
/** The header fields that identify a database: `user_version` and `application_id`. */
const marks = [60, 68] as const
/** The least free space, in bytes: below it, an alert and what SQLite writes with it may not fit. */
const freeBytesMin = 512 * 1_024

type FileId = { readonly dev: number; readonly ino: number }

/**
 * Checks that the files of an open database are still those that were opened. On Unix an open file exists until it is
 * closed, even when it was deleted or renamed: what is written to it then is lost, and SQLite does not notice.
 */
export class DataFiles {
  readonly #path: string
  readonly #ids = new Map<string, FileId>()
  #bytesMax = 0
  #header: { readonly file: number; readonly marks: readonly number[] } | null = null
  #log: WalFile | null = null

  /** Call after the first read or write of the open database: only then do all of its files exist. */
  constructor(path: string) {
    this.#path = path
    for (const file of [path, `${path}-wal`, `${path}-shm`]) this.#remember(file)
  }

  /**
   * From now on also checks the header of the file and the length of the write-ahead log. Only one connection of a process
   * may do so, on its main thread: closing any other handle on a database releases all of SQLite's locks on it
   * (https://sqlite.org/howtocorrupt.html §2.2).
   */
  watchHeader(): void {
    const file = openSync(this.#path, 'r')
    const header = headerOf(file)
    if (header === null) throw new StorageFault('failing', 'read')
    this.#header = { file, marks: marksOf(header) }
    this.#log = WalFile.open(this.#path)
  }

  /** The fault of the files, or null. Takes a few system calls without disk access. */
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

  /** Whether only the write-ahead log was deleted: then this process can still save its content. */
  isOnlyLogMissing(): boolean {
    const log = `${this.#path}-wal`
    for (const [file, id] of this.#ids) {
      const found = look(file)
      if (file === log ? found !== null : file === this.#path && (found?.ino !== id.ino || found.dev !== id.dev))
        return false
    }
    return !this.#isCut(look(this.#path)?.size ?? 0) && this.#headerFault() === null
  }

  /** Whether only this process still has the database: its file was deleted, or another file has its name. */
  isHeldAlone(): boolean {
    const id = this.#ids.get(this.#path)
    const found = look(this.#path)
    return (found?.ino !== id?.ino || found?.dev !== id?.dev) && this.#headerFault() === null
  }

  /** Whether the disk is full, by statfs(2), without a write. */
  headroomFault(): Extract<StorageFaultKind, 'full' | 'read-only'> | null {
    try {
      accessSync(dirname(this.#path), constants.W_OK)
      accessSync(this.#path, constants.W_OK)
      const { bavail, bsize, blocks } = statfsSync(dirname(this.#path))
      // Some file systems report no blocks at all.
      return blocks > 0 && bavail * bsize < freeBytesMin ? 'full' : null
    } catch (error) {
      // A missing folder is reported by `fault`.
      return ['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error)) ? 'read-only' : null
    }
  }

  /** Call after every connection of this process is closed. */
  close(): void {
    if (this.#header !== null) closeSync(this.#header.file)
    this.#header = null
    this.#log?.close()
    this.#log = null
  }

  /**
   * Whether the file was truncated. This service never makes it smaller, but a VACUUM by another program may, with the
   * checkpoint after it; then the header has the new size. Connections that do not check the header skip this check.
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
    // The file cannot be reached any more, so nothing that is written to it would be found again.
    return null
  }
}

/** Null when the file cannot be read. */
function headerOf(file: number): Buffer | null {
  const header = Buffer.alloc(headerBytes)
  try {
    readSync(file, header, 0, headerBytes, 0)
    return header
  } catch {
    return null
  }
}

/** The size of the file by its header (https://sqlite.org/fileformat.html §1.3.2 and §1.3.8). */
function bytesByHeader(header: Buffer): number {
  const told = header.readUInt16BE(16)
  return (told === 1 ? 65_536 : told) * header.readUInt32BE(28)
}

function marksOf(header: Buffer): readonly number[] {
  return marks.map((at) => header.readUInt32BE(at))
}
