import { spawnSync } from 'node:child_process'
import { chownSync, closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why no file system can be mounted here; null: it can, as root of a machine or of a container that may. */
export const noSmallDisk = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { encoding: 'utf8' })
  if (mounted.status === 0) spawnSync('umount', [folder])
  rmdirSync(folder)
  return mounted.status === 0
    ? null
    : `a small disk cannot be mounted here: ${mounted.error?.message ?? mounted.stderr}`
})()

/** A file system in memory with room for so many MiB. `uid`: whose it is. Only where `noSmallDisk` is null. */
export function mountSmallDisk(mebibytes: number, uid: number, clean: (undo: () => unknown) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], { encoding: 'utf8' })
  if (mounted.status !== 0) throw new Error(`mount: ${mounted.stderr}`)
  chownSync(folder, uid, uid)
  clean(() => {
    spawnSync('umount', ['-l', folder])
    rmdirSync(folder)
  })
  const filler = join(folder, 'filler')
  return {
    folder,
    /** Another program takes all that is free, to the last block. */
    fill: () => {
      const file = openSync(filler, 'w')
      const block = Buffer.alloc(4_096)
      try {
        for (;;) writeSync(file, block)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
    },
    makeRoom: () => rmSync(filler),
  }
}
