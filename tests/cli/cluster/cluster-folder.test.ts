import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { closeClusterFolder, openClusterFolder } from '../../../src/cli/cluster/cluster-folder.ts'
import { CommandError } from '../../../src/cli/shell.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const nobody = 65_534

function sentenceFor(path: string): string {
  try {
    openClusterFolder({ path, isKept: true })
  } catch (error) {
    if (error instanceof CommandError) return error.message
    throw error
  }
  throw new Error('it was opened')
}

const isLinux = process.platform === 'linux'

test.skipIf(!isLinux).each(['/proc/x', '/proc/x/y/z'])('%s, where no folder can be made, is refused', (path) => {
  expect(sentenceFor(path)).toMatch(
    /^The folder \/proc\/x\S* cannot be (made|used)[^\n]* Name another one with --data\.$/,
  )
})

test.each(['a file', 'below a file', 'a link to nothing'])('%s is refused in one line', (kind) => {
  const folder = scratchFolder(clean)
  const path = join(folder, 'it')
  if (kind === 'a link to nothing') symlinkSync(join(folder, 'nothing'), path)
  else writeFileSync(path, '')
  const data = kind === 'below a file' ? join(path, 'x', 'y') : path
  expect(sentenceFor(data)).toMatch(/ is not a folder: [^\n]* Name another one with --data\.$/)
})

test('folders on the way are made, and the folder is used again', () => {
  const path = join(scratchFolder(clean), 'a', 'b', 'c')
  const first = openClusterFolder({ path, isKept: true })
  closeClusterFolder(first)
  const second = openClusterFolder({ path, isKept: true })
  closeClusterFolder(second)
  expect(second).toEqual(first)
  expect(first.isKept).toBe(true)
})

// Only root may give a folder to another user, and act as another.
test.skipIf(process.getuid?.() !== 0).each([
  ['that another user owns and everybody may write in', 0o777, ''],
  ['that another user owns', 0o700, ''],
  ['in a folder that another user owns', 0o755, 'x/y'],
])('a folder %s is refused in one line, and nothing is left in it', (_, mode, inside) => {
  const outer = scratchFolder(clean)
  chmodSync(outer, 0o755)
  const path = join(outer, 'it')
  mkdirSync(path)
  chmodSync(path, mode)
  chownSync(path, 1, 1)
  const module = pathToFileURL(join(import.meta.dirname, '../../../src/cli/cluster/cluster-folder.ts')).href
  const script = `process.setgid(${nobody}); process.setuid(${nobody})
    try { openClusterFolder({ path: ${JSON.stringify(join(path, inside))}, isKept: true }); console.log('opened') } catch (error) { console.log(error.message) }`
  const { stdout } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `import { openClusterFolder } from ${JSON.stringify(module)}\n${script}`],
    { encoding: 'utf8' },
  )
  expect(stdout.trim()).toMatch(/^The folder \S+ cannot be used: [^\n]* another user \((EPERM|EACCES)\)\. Name [^\n]*$/)
  expect(readdirSync(path)).toEqual([])
})
