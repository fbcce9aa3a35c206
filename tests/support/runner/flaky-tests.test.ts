import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { scratchFolder } from '../scratch.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const passesAt = (tries: number) => `
  import { expect, test } from 'vitest'
  let tries = 0
  test('a browser opens', () => { expect((tries += 1)).toBeGreaterThanOrEqual(${tries}) })
`

/** Runs vitest with our reporter over one file; gives its exit code and what it printed. */
function runOver(text: string, file = 'tests/browser/one.test.ts'): { code: number | null; printed: string } {
  const folder = scratchFolder((undo) => onTestFinished(() => void undo()))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, dirname(file)), { recursive: true })
  writeFileSync(join(folder, file), text)
  writeFileSync(
    join(folder, 'vitest.config.ts'),
    `import { FlakyTests } from '${root}tests/support/runner/flaky-tests.ts'
     export default { test: { retry: 1, reporters: ['default', new FlakyTests()] } }`,
  )
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder],
    { encoding: 'utf8', env: { PATH: process.env.PATH, NO_COLOR: '1' } },
  )
  return { code: status, printed: stdout + stderr }
}

test('a test that passes at once is not called flaky', () => {
  const { code, printed } = runOver(passesAt(1))
  expect({ code, flaky: printed.includes('flaky') }).toEqual({ code: 0, flaky: false })
})

test('a test that passes only when tried again is listed with what went wrong first', () => {
  const { code, printed } = runOver(passesAt(2))
  expect(code).toBe(0)
  expect(printed).toMatch(
    /1 flaky: .*\n {2}tests\/browser\/one\.test\.ts > a browser opens\n {4}expected 1 to be greater/,
  )
})

test('a test that fails whenever it is tried fails the run', () => {
  expect(runOver(passesAt(3)).code).toBe(1)
})

test.each([
  ['draws random cases', `import fc from 'fast-check'\n${passesAt(2)}\nexport { fc }`, 'tests/browser/one.test.ts'],
  ['draws schedules by a seed', `const seed = process.env.CHECKER_SEED\n${passesAt(2)}`, 'tests/flows/one.test.ts'],
  ['waits for no other program', passesAt(2), 'tests/hub/one.test.ts'],
])('a test that %s may not pass only when tried again', (_, text, file) => {
  const { code, printed } = runOver(text, file)
  expect({ code, said: printed.includes('the run fails') }).toEqual({ code: 1, said: true })
})
