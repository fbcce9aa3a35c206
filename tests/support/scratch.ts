import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type afterAll, afterEach } from 'vitest'

/** Things to undo after each test, or after all, last first. Call once at the top of a test file. */
export function cleaning(after: typeof afterEach | typeof afterAll = afterEach): (undo: () => unknown) => void {
  const undoing: (() => unknown)[] = []
  after(async () => {
    for (const undo of undoing.splice(0).reverse()) await undo()
  })
  return (undo) => void undoing.push(undo)
}

/** An empty folder that is removed after the test. */
export function scratchFolder(clean: (undo: () => unknown) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
  clean(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
