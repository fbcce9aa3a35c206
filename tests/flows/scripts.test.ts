import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkoutIn, outside, root, startScript } from '../support/browser/scripts.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const cleanAll = cleaning(afterAll)
const clean = cleaning()
let home = ''
beforeAll(() => {
  home = checkoutIn(cleanAll)
})

test.each([
  ['npm start', '/bin/dash'],
  // npx has a shell between itself and us, which the signal ends.
  ['npx tocsin serve --port 0', '/bin/sh'],
])(
  '%s, run by %s, speaks to a person, ends at SIGTERM with all its processes, and its port is free',
  async (command, shell) => {
    const env = { PORT: '0', DATA_DIR: scratchFolder(clean), DRAIN_SECONDS: '0' }
    const script = startScript(home, command, { shell, env }, clean)
    const [url, note] = await script.heard(/^Tocsin is ready at (\S+)/, /^Note: (.*)/)
    // No line for machines; what is missing is said last, with how to mend it.
    expect(note).toMatch(/^VAPID_SUBJECT is not set: .*Set it/)
    expect(script.error()).toBe('')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    await script.end('SIGTERM', 'npm')
    await expect.poll(script.processes).toEqual([])
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  },
)

test('every script that serves ends in one program: no shell stays between it and a signal', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const name of ['start', 'demo', 'tocsin', 'dev:worker', 'bench', 'bench:push', 'bench:subscribe'])
    expect(scripts[name]).toMatch(/(^|&& )exec [^&|;]+$/)
})

test('npx tocsin finds the Node that the install brought, whatever the machine’s own is, and says nothing besides', () => {
  const env = { PATH: outside, HOME: home, npm_config_offline: 'true' }
  const ran = spawnSync('npx', ['tocsin', '--version'], { cwd: home, encoding: 'utf8', env })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  expect(ran).toMatchObject({ status: 0, stdout: `tocsin ${version}\n`, stderr: '' })
})

test('a flag for npm start is refused, with the setting that was meant: it is never passed over', () => {
  const run = spawnSync(process.execPath, [join(root, 'src/node/main.ts'), '--port', '8080'], { encoding: 'utf8' })
  expect(run).toMatchObject({ status: 2, stdout: '' })
  expect(run.stderr).toContain('PORT=8080')
})
