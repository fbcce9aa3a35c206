import { randomBytes } from 'node:crypto'
import { rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The space that SQLite needs to open a database, with a margin; less than the free space of a disk that counts as full. */
const reserveBytes = 256 * 1_024
/** The reserve is made only where the disk has at least so much free space. */
const freeBytesMin = 16 * reserveBytes

function reserveOf(dataDir: string): string {
  return join(dataDir, 'reserve')
}

/** Reserves space in the data folder, so that the service can start on a full disk. Does nothing when there is too little. */
export function fillReserve(dataDir: string): void {
  const path = reserveOf(dataDir)
  try {
    if (statSync(path, { throwIfNoEntry: false })?.size === reserveBytes) return
    const { bavail, bsize } = statfsSync(dataDir)
    if (bavail * bsize < freeBytesMin) return
    // Random bytes: some file systems store zeros without using space.
    writeFileSync(path, randomBytes(reserveBytes), { mode: 0o600 })
  } catch {
    rmSync(path, { force: true })
  }
}

/** Frees the reserved space, for a start on a full disk. */
export function spendReserve(dataDir: string): void {
  rmSync(reserveOf(dataDir), { force: true })
}
