import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import exampleNewsroom from '#newsroom' with { type: 'json' }

/** The example newsroom without the built-in rules: what tests publish goes out at once. */
export const newsroomWithoutRules = { ...exampleNewsroom, rules: 'none' }

const folder = fileURLToPath(new URL('../../../node_modules/.cache/tocsin-tests', import.meta.url))
const path = join(folder, 'newsroom-without-rules.json')

/** The path of a file that holds it, for services in processes of their own. */
export function fileWithoutRules(): string {
  if (isWritten) return path
  mkdirSync(folder, { recursive: true })
  // Several test processes write it at the same time.
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, JSON.stringify(newsroomWithoutRules))
  renameSync(draft, path)
  isWritten = existsSync(path)
  return path
}

let isWritten = false
