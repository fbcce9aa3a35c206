import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Makes the names in a folder durable, as `fsync` does for the content of a file. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
