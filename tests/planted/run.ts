import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { bugs } from './bugs.ts'

// Plants each bug in a copy of the project and sees to it that a test turns red. A test that stays green is decoration.

const root = fileURLToPath(new URL('../..', import.meta.url))
const wanted = process.argv.slice(2).join(' ')
const runMsMax = 120_000

const copy = mkdtempSync(join(tmpdir(), 'tocsin-planted-'))
process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
for (const file of files.split('\n').filter(Boolean)) {
  mkdirSync(dirname(join(copy, file)), { recursive: true })
  cpSync(join(root, file), join(copy, file))
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))

function passes(tests: readonly string[]): boolean {
  const { status, stdout } = spawnSync('npx', ['vitest', 'run', '--bail', '1', ...tests], {
    cwd: copy,
    encoding: 'utf8',
    timeout: runMsMax,
  })
  // A run that found nothing to run proves nothing.
  if (!/Tests {2}/.test(stripVTControlCharacters(stdout)) && status !== null) throw new Error(`no test ran:\n${stdout}`)
  return status === 0
}

const chosen = bugs.filter(({ name }) => name.includes(wanted))
const all = [...new Set(chosen.flatMap(({ tests }) => tests))]
if (!passes(all)) {
  console.error('The tests are red without any planted bug. Mend that first.')
  process.exit(1)
}
let survived = 0
for (const { name, file, find, put, tests } of chosen) {
  const path = join(copy, file)
  const sound = readFileSync(path, 'utf8')
  if (sound.split(find).length !== 2) {
    console.error(`✗ ${name}: its place in ${file} is not there once; the code has moved on, move the bug with it`)
    survived += 1
    continue
  }
  writeFileSync(
    path,
    sound.replace(find, () => put),
  )
  const green = passes(tests)
  writeFileSync(path, sound)
  if (green) survived += 1
  console.log(`${green ? '✗ SURVIVED' : '✓ caught  '} ${name}`)
}
console.log(`\n${chosen.length - survived} passed, ${survived} failed`)
process.exit(survived === 0 ? 0 : 1)
