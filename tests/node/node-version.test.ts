import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { nodeVersionFault, sqliteVersionFault } from '../../src/node/node-version.ts'
import { serviceProgram } from '../support/processes/service-program.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()

test.each(['18.20.8', '20.11.1', '22.21.0', '23.11.1'])('Node %s is refused by its version', (version) => {
  expect(nodeVersionFault(version)).toMatch(new RegExp(`needs Node 24 or later; this is v${version}\\.`))
})

test.each(['24.0.0', '24.21.0', '25.1.0', '100.0.0', '24.0.0-nightly2025'])('Node %s is accepted', (version) => {
  expect(nodeVersionFault(version)).toBeNull()
})

test.each(['3.7.0', '3.7.17', '3.40.1', '3.44.5', '3.44.7', '3.50.4', '3.50.6', '3.50.8', '3.51.0', '3.51.2'])(
  'SQLite %s is refused: it has the WAL-reset fault',
  (version) => {
    expect(sqliteVersionFault(version)).toMatch(new RegExp(`has SQLite ${version}, which can damage the database`))
  },
)

test.each(['3.6.23', '3.44.6', '3.50.7', '3.51.3', '3.52.0', '3.53.4', '3.100.0', '4.0.0'])(
  'SQLite %s is accepted',
  (version) => {
    expect(sqliteVersionFault(version)).toBeNull()
  },
)

test('the SQLite of the Node that the project brings is accepted', () => {
  const { version } = new DatabaseSync(':memory:').prepare('select sqlite_version() as version').get() ?? {}
  expect(sqliteVersionFault(String(version))).toBeNull()
})

/** A Node of this machine that is too old for the service, such as Debian's; undefined: there is none. */
const olderNode = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  .map((folder) => join(folder, 'node'))
  .find((path) => existsSync(path) && nodeVersionFault(versionOf(path)) !== null)

function versionOf(node: string): string {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.slice(1)
}

test.skipIf(olderNode === undefined)('an older Node ends the built service with one line and no stack', () => {
  const folder = scratchFolder(clean)
  const dataDir = join(folder, 'data')
  // The flag is the one that npm start gives.
  const flags = ['--initial-old-space-size=80', '--max-semi-space-size=1', serviceProgram]
  const ran = spawnSync(String(olderNode), flags, { cwd: folder, env: { DATA_DIR: dataDir }, encoding: 'utf8' })
  expect(ran).toMatchObject({ status: 1, stdout: '' })
  expect(ran.stderr).toMatch(/^Tocsin needs Node 24 or later; this is v\d+\.\d+\.\d+\. .*\n$/)
  expect(existsSync(dataDir)).toBe(false)
})

test.skipIf(olderNode === undefined)('an older Node ends the commands, where npm has not brought another', () => {
  const folder = scratchFolder(clean)
  const program = join(folder, 'tocsin.mjs')
  copyFileSync(fileURLToPath(new URL('../../src/cli/tocsin.mjs', import.meta.url)), program)
  const ran = spawnSync(String(olderNode), [program, 'listen'], { cwd: folder, env: {}, encoding: 'utf8' })
  expect(ran).toMatchObject({ status: 1, stdout: '' })
  expect(ran.stderr).toMatch(/^tocsin needs Node 24 or later; this is v\d+\.\d+\.\d+\. "npm ci" brings its own\.\n$/)
})
