import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const wrangler = fileURLToPath(new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url))
const gzipBytesMax = 1_000_000
const clean = cleaning()

async function dryRun(folder: string, ...flags: readonly string[]): Promise<string> {
  const args = [wrangler, 'deploy', '--dry-run', '--outdir', folder, ...flags]
  const env = { PATH: process.env.PATH, HOME: folder, CI: 'true', WRANGLER_SEND_METRICS: 'false' }
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env })
  return stdout
}

test('the Worker can be deployed, and is small', async () => {
  const folder = scratchFolder(clean)
  const stdout = await dryRun(folder)
  for (const binding of [
    'env.LOG (LogObject)',
    'env.RELAYS (RelayObject)',
    'env.HUBS (HubObject)',
    'env.PUSHERS (PushObject)',
    'env.ASSETS',
  ])
    expect(stdout).toContain(binding)
  const code = readdirSync(folder).filter((name) => name.endsWith('.js'))
  expect(code).toEqual(['main.js'])
  const bytes = readFileSync(join(folder, 'main.js'))
  const gzipBytes = gzipSync(bytes).length
  console.log(`the Worker: ${(bytes.length / 1_024).toFixed(0)} KiB, ${(gzipBytes / 1_024).toFixed(0)} KiB compressed`)
  expect(gzipBytes).toBeLessThan(gzipBytesMax)
  // Of Node's own modules workerd has what signs; others might need a compatibility flag that we do without.
  const modules = [...bytes.toString().matchAll(/from\s*["'](node:[^"']+)/g)].map(([, name]) => name)
  expect(modules.filter((name) => name !== 'node:crypto')).toEqual([])
})

test('a newsroom of your own is bundled in the place of the example', async () => {
  const folder = scratchFolder(clean)
  const file = join(folder, 'newsroom.json')
  writeFileSync(file, JSON.stringify({ name: 'Radio Example of the Test', languages: [{ tag: 'fa' }] }))
  await dryRun(folder, '--alias', `#newsroom:${file}`)
  const code = readFileSync(join(folder, 'main.js'), 'utf8')
  expect(code).toContain('Radio Example of the Test')
  expect(code).not.toContain('Tocsin Example News')
})
