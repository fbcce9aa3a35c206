import { randomBytes } from 'node:crypto'
import { rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What SQLite needs beside a database to open it, with something over; less than what is called a full disk. */
const reserveBytes = 256 * 1_024
/** It is only made where it is not missed. */
const freeBytesMin = 16 * reserveBytes

function reserveOf(dataDir: string): string {
  return join(dataDir, 'reserve')
}

/** Keeps some room in the data folder, so that the service can still start on a full disk. Without room, it does without. */
export function fillReserve(dataDir: string): void {
  const path = reserveOf(dataDir)
  try {
    if (statSync(path, { throwIfNoEntry: false })?.size === reserveBytes) return
    const { bavail, bsize } = statfsSync(dataDir)
    if (bavail * bsize < freeBytesMin) return
    // Not zeros: some file systems store those in no room at all.
    writeFileSync(path, randomBytes(reserveBytes), { mode: 0o600 })
  } catch {
    rmSync(path, { force: true })
  }
}

/** Gives the room back, for a start on a full disk. */
export function spendReserve(dataDir: string): void {
  rmSync(reserveOf(dataDir), { force: true })
}
