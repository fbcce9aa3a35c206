import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'

// https://sqlite.org/walformat.html: the log's header and frames (§1.1), and the index beside it (§2.1), which says how
// many frames count. The index is in the machine's own byte order.
const magics: ReadonlySet<number> = new Set([0x377f0682, 0x377f0683])
const headerBytes = 32
const frameHeaderBytes = 24
const indexCopyBytes = 48
const pageSizeAt = 14
const framesAt = 16
/** How a page size of 65,536 is stored, which does not fit into two bytes. */
const largestPage = { written: 1, bytes: 65_536 }
const isLittle = endianness() === 'LE'

/**
 * The write-ahead log of an open database, as a file. SQLite does not notice when another program cuts it short, and its
 * newest commits are only in it; but the index beside it has the length that it must have. Its handles are closed only
 * after every connection of this process: closing one releases SQLite's locks.
 */
export class WalFile {
  readonly #log: number
  readonly #index: number

  private constructor(path: string) {
    this.#log = openSync(`${path}-wal`, 'r')
    this.#index = openSync(`${path}-shm`, 'r')
  }

  /** Null when the database has no log. */
  static open(path: string): WalFile | null {
    return existsSync(`${path}-wal`) && existsSync(`${path}-shm`) ? new WalFile(path) : null
  }

  /** Whether it was truncated. Takes a few system calls without disk access. */
  isCut(): boolean {
    const wanted = this.#bytesWanted()
    const { size } = fstatSync(this.#log)
    if (size >= headerBytes && !magics.has(numberAt(this.#log))) return true
    // SQLite writes frames before it counts them, and stops counting them before it truncates. So a second look is certain.
    return size < wanted && size < this.#bytesWanted()
  }

  close(): void {
    closeSync(this.#log)
    closeSync(this.#index)
  }

  /** The least length that it must have, in bytes; 0 while a connection writes the index. */
  #bytesWanted(): number {
    const index = Buffer.alloc(indexCopyBytes * 2)
    readSync(this.#index, index, 0, index.length, 0)
    if (!index.subarray(0, indexCopyBytes).equals(index.subarray(indexCopyBytes))) return 0
    const page = isLittle ? index.readUInt16LE(pageSizeAt) : index.readUInt16BE(pageSizeAt)
    const frames = isLittle ? index.readUInt32LE(framesAt) : index.readUInt32BE(framesAt)
    if (frames === 0) return 0
    const pageBytes = page === largestPage.written ? largestPage.bytes : page
    return headerBytes + frames * (frameHeaderBytes + pageBytes)
  }
}

function numberAt(file: number): number {
  const bytes = Buffer.alloc(4)
  readSync(file, bytes, 0, bytes.length, 0)
  return bytes.readUInt32BE(0)
}
