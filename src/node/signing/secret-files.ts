import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../backup/sync-folder.ts'
import { codeOf } from '../start-errors.ts'

/** Reads a file; null where there is none. */
export function foundFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/**
 * Makes a file that only its owner can read, atomically and durably, and gives its content: of two processes that make it at the same
 * time, both get that of the first.
 */
export function madeFile(path: string, text: string): string {
  const draft = draftOf(path, text)
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
  syncFolder(dirname(path))
  return readFileSync(path, 'utf8')
}

/** Replaces a file, or makes it, atomically and durably: what it has is told to others. Only its owner can read it. */
export function replaceFile(path: string, text: string): void {
  renameSync(draftOf(path, text), path)
  syncFolder(dirname(path))
}

/** Writes a temporary file beside the target, complete and readable by its owner only. Gives its path. */
function draftOf(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true })
  removeAbandoned(path)
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  chmodSync(draft, 0o600)
  return draft
}

/** Removes the temporary files of processes that were killed while they wrote: each has a secret. */
function removeAbandoned(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`)) continue
    const pid = Number(/^\.(\d+)\.[0-9a-f]{8}$/.exec(name.slice(basename(path).length))?.[1])
    if (pid > 0 && !isRunning(pid)) rmSync(join(dirname(path), name), { force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}
