import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serviceProgram } from './service-program.ts'

/** Where the built program lists the steps of the log's tables; the last one, with what ends the list. */
const lastStep = /(\bappendFunctionsStep,\s*\w+)(\s*\])/
const root = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * The program of a next version: what is built now, with one more step for the log's tables. `folder`: an empty one, for its
 * files. Gives the path of the program.
 */
export function nextVersion(folder: string, step: string): string {
  const programs = join(folder, 'dist', 'node')
  mkdirSync(programs, { recursive: true })
  cpSync(join(serviceProgram, '..'), programs, { recursive: true })
  // What the programs read besides stands at the same place relative to them.
  for (const name of ['public', 'node_modules', 'package.json']) symlinkSync(join(root, name), join(folder, name))
  const changed = readdirSync(programs)
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(programs, name))
    .filter((path) => lastStep.test(readFileSync(path, 'utf8')))
  const [path, ...more] = changed
  if (path === undefined || more.length > 0) throw new Error(`the steps of the log are in ${changed.length} files`)
  writeFileSync(path, readFileSync(path, 'utf8').replace(lastStep, `$1, ${JSON.stringify(step)}$2`))
  return join(programs, 'main.js')
}
