import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { bugs, planted } from './bugs.ts'

// Plants each bug in a copy of the project and sees to it that a test turns red. A test that stays green is decoration.
// With words behind it, only those bugs whose name, file or tests have them: `npm run test:planted -- src/hub.ts`.

const root = fileURLToPath(new URL('../..', import.meta.url))
const wanted = process.argv.slice(2).join(' ')
// A machine that is busy elsewhere needs longer.
const runMsMax = Number(process.env.PLANTED_SECONDS ?? 120) * 1_000

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

type Result = 'green' | 'red' | 'hung' | 'broken'

/** What the tests say: `red` only when one of them failed. A run that could not begin, or did not end, proves nothing. */
function resultOf(tests: readonly string[], runMsMax: number): { readonly result: Result; readonly said: string } {
  const run = spawnSync('npx', ['vitest', 'run', '--bail', '1', ...tests], {
    cwd: copy,
    encoding: 'utf8',
    timeout: runMsMax,
    killSignal: 'SIGKILL',
  })
  const said = stripVTControlCharacters(run.stdout + run.stderr)
  if (run.status === null) return { result: 'hung', said }
  if (run.status === 0) return { result: /Tests {2}\d+ passed/.test(said) ? 'green' : 'broken', said }
  return { result: /Tests {2}\d+ failed/.test(said) ? 'red' : 'broken', said }
}

/** The pages' scripts as the copy has them now: browsers are given what was built. */
const build = () => execFileSync(process.execPath, ['src/web/build.ts'], { cwd: copy })

const chosen = bugs.filter(({ name, file, tests }) => [name, file, ...tests].some((text) => text.includes(wanted)))
if (chosen.length === 0) {
  console.error(`No bug is called, stands in, or is caught by “${wanted}”.`)
  process.exit(2)
}
const all = [...new Set(chosen.flatMap(({ tests }) => tests))]
build()
const sound = resultOf(all, runMsMax * all.length)
if (sound.result !== 'green') {
  console.error(`The tests are ${sound.result} without any planted bug. Mend that first.\n${sound.said}`)
  process.exit(1)
}
let survived = 0
for (const bug of chosen) {
  const path = join(copy, bug.file)
  const text = readFileSync(path, 'utf8')
  let outcome: string
  try {
    writeFileSync(path, planted(bug, text))
    if (bug.file.startsWith('src/web/')) build()
    const { result, said } = resultOf(bug.tests, runMsMax)
    outcome = result
    if (result === 'broken') console.error(said)
  } catch (trouble) {
    outcome = 'stale'
    console.error(String(trouble))
  } finally {
    writeFileSync(path, text)
    if (bug.file.startsWith('src/web/')) build()
  }
  if (outcome !== 'red') survived += 1
  console.log(`${outcome === 'red' ? '✓ caught  ' : `✗ ${outcome.toUpperCase().padEnd(8)}`} ${bug.name}`)
}
console.log(`\n${chosen.length - survived} passed, ${survived} failed`)
process.exit(survived === 0 ? 0 : 1)
