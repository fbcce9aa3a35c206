import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../../node_modules/.cache/tocsin-tests', import.meta.url))

/**
 * A file with this text, written once for all test processes and never again: `wrangler dev` watches the files that it has
 * bundled, and a second writing would restart a Worker of another test.
 */
export function fileOnce(stem: string, ending: string, text: string): string {
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 16)
  const path = join(folder, `${stem}-${hash}${ending}`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text)
  try {
    linkSync(draft, path)
  } catch (error) {
    // Another test process was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  rmSync(draft)
  return path
}
