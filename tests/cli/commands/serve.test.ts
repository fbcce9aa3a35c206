import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { runProgram } from '../../../src/cli/commands/serve.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const env = { PATH: process.env.PATH }

function programIn(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, `import { writeFileSync } from 'node:fs'\n${text}`)
  return path
}

test.each([
  ['ends well all the same', 'process.exit(0)', 0],
  ['ends of it', 'process.exit(1)', 1],
])('a stop while a build %s starts nothing after it', async (_, ending, expected) => {
  const folder = scratchFolder(clean)
  const [began, served] = [join(folder, 'began'), join(folder, 'served')]
  const build = programIn(
    folder,
    'build.mjs',
    `process.on('SIGTERM', () => ${ending})\nsetInterval(() => {}, 1_000)\nwriteFileSync(${JSON.stringify(began)}, '')`,
  )
  const service = programIn(folder, 'service.mjs', `writeFileSync(${JSON.stringify(served)}, '')`)
  const stop = new AbortController()
  const built = runProgram(build, env, { stop: stop.signal })
  await vi.waitFor(() => expect(existsSync(began)).toBe(true), { timeout: 30_000 })
  stop.abort()
  expect(await built).toBe(expected)
  expect(await runProgram(service, env, { stop: stop.signal })).toBe(1)
  expect(existsSync(served)).toBe(false)
})

test.each([
  [0, 0],
  [2, 2],
  [1, 1],
  [7, 1],
])('a program that ends with %i gives %i, and has its environment', async (code, expected) => {
  const folder = scratchFolder(clean)
  const seen = join(folder, 'seen')
  const program = programIn(
    folder,
    'a.mjs',
    `writeFileSync(${JSON.stringify(seen)}, process.env.SAID)\nprocess.exit(${code})`,
  )
  expect(await runProgram(program, { ...env, SAID: 'so' }, { stop: new AbortController().signal })).toBe(expected)
  expect(readFileSync(seen, 'utf8')).toBe('so')
})
