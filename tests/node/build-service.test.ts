import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { buildService } from '../../src/node/build.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()

test('a build has every program that the service starts, touches nothing that is as it was, and takes away what nothing imports', async () => {
  const folder = scratchFolder(clean)
  expect(await buildService(folder)).toBe(join(folder, 'main.js'))
  const started = globSync('src/node/**/*.ts').flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/programFile\('(?:[\w-]+\/)*([\w-]+)'\)/g)].map(([, name]) => `${name}.js`),
  )
  expect(started.length).toBeGreaterThan(4)
  const made = readdirSync(folder)
  expect(made).toEqual(expect.arrayContaining(started))

  const isAscii = (name: string) => readFileSync(join(folder, name)).every((byte) => byte < 0x80)
  expect(made.filter((name) => !isAscii(name))).toEqual([])

  const stamps = () => made.map((name) => [name, statSync(join(folder, name)).ino])
  const before = stamps()
  const stale = join(folder, 'shared-0LDER.js')
  const own = join(folder, 'notes.txt')
  for (const path of [stale, own]) writeFileSync(path, '')
  await buildService(folder)
  expect(stamps()).toEqual(before)
  expect([existsSync(stale), existsSync(own)]).toEqual([false, true])

  writeFileSync(join(folder, 'child.js'), 'half a')
  await buildService(folder)
  expect(readFileSync(join(folder, 'child.js'), 'utf8')).toContain('import')
  expect(readdirSync(folder).sort()).toEqual([...made, basename(own)].sort())
})

test('a build is the same from any working folder, so that npx elsewhere leaves a service that starts alone', async () => {
  const folders = [scratchFolder(clean), scratchFolder(clean)] as const
  await buildService(folders[0])
  const program = `import { buildService } from ${JSON.stringify(join(import.meta.dirname, '../../src/node/build.ts'))}
await buildService(${JSON.stringify(folders[1])})`
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: '/', encoding: 'utf8' })
  expect(ran).toMatchObject({ status: 0, stderr: '' })
  const filesOf = (folder: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.js'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')])
  expect(filesOf(folders[1])).toEqual(filesOf(folders[0]))
})
