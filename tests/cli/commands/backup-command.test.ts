import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSecret, loadVapidKeys } from '../../../src/node/push/push-key-files.ts'
import { loadRing } from '../../../src/node/signing/signing-key-file.ts'
import { tocsin } from '../../support/processes/cli.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { openedStores } from '../../support/storage/opened-stores.ts'

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const clean = cleaning(afterAll)
let dataDir: string

beforeAll(async () => {
  dataDir = join(scratchFolder(clean), 'data')
  openedStores(clean, dataDir).close()
  loadSecret(dataDir)
  await loadVapidKeys(dataDir)
  loadRing(dataDir, Date.now())
})

/** Runs the commands as a shell does. */
function command(args: readonly string[], env: Readonly<Record<string, string>> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  })
}

const outcome = ({ status, stdout, stderr }: SpawnSyncReturns<string>) => ({ code: status, out: stdout, err: stderr })

test('a backup and its restore are a few lines, name what to do next, and work from the environment', () => {
  const folder = join(scratchFolder(clean), 'backup')
  const newsroom = join(scratchFolder(clean), 'newsroom.json')
  writeFileSync(newsroom, '{"name":"Ours"}')
  const made = outcome(command(['backup', folder], { DATA_DIR: dataDir, NEWSROOM: newsroom }))
  expect(made).toEqual({ code: 0, out: expect.stringMatching(/^Backed up .*0 subscriptions, 5 files/s), err: '' })
  const to = join(scratchFolder(clean), 'data')
  const back = outcome(command(['restore', folder, '--data', to]))
  expect(back).toEqual({ code: 0, out: expect.stringContaining(`NEWSROOM=${to}/newsroom.json`), err: '' })
  expect(back.out).toMatch(/The log’s epoch was \w+ and is \w+/)
  expect(readFileSync(join(to, 'newsroom.json'), 'utf8')).toBe('{"name":"Ours"}')
  const again = outcome(command(['restore', folder, '--data', to]))
  expect(again).toEqual({ code: 1, out: '', err: expect.stringMatching(/is not empty .* mv \S+ \S+-before\n$/) })
})

test('with --quiet nothing is printed but errors, with --json one line that a program can read', () => {
  const parent = scratchFolder(clean)
  const folder = join(parent, 'quiet')
  expect(outcome(command(['backup', '--quiet', '--data', dataDir, folder]))).toEqual({ code: 0, out: '', err: '' })
  const twice = outcome(command(['backup', '--quiet', '--data', dataDir, folder]))
  expect(twice).toEqual({ code: 1, out: '', err: expect.stringMatching(/exists already.*\n$/) })
  const { out } = outcome(command(['backup', '--json', '--data', dataDir, join(parent, 'json')]))
  expect(out.trim().split('\n')).toHaveLength(1)
  const { epoch, ...said } = JSON.parse(out)
  expect(said).toMatchObject({ folder: join(parent, 'json'), head: 0, subscriptions: 0 })
  const to = join(parent, 'data')
  const restored = JSON.parse(outcome(command(['restore', '--json', join(parent, 'json'), '--data', to])).out)
  expect(restored).toMatchObject({ dataDir: to, formerEpoch: epoch, head: 0 })
  const renewed = JSON.parse(outcome(command(['restore', '--in-place', '--json', '--data', to])).out)
  expect(renewed).toMatchObject({ dataDir: to, formerEpoch: restored.epoch })
  expect(readdirSync(parent).sort()).toEqual(['data', 'json', 'quiet'])
})

test.each<[string, string[], Record<string, string>, number, RegExp]>([
  ['no folder to restore from', ['restore'], {}, 2, /--in-place\.\n.*restore --help/],
  ['a folder with --in-place', ['restore', 'x', '--in-place'], {}, 2, /--in-place takes no folder/],
  ['no folder to back up into', ['backup'], {}, 2, /missing required argument/],
  ['a database elsewhere', ['backup', '/x'], { DATABASE_URL: 'postgres://db' }, 1, /DATABASE_URL is set.*pg_dump/],
  ['a database elsewhere', ['restore', '/x'], { DATABASE_URL: 'postgres://db' }, 1, /DATABASE_URL is set/],
])('%s is one clear sentence: %j', async (_, args, env, code, sentence) => {
  expect(await tocsin(args, { env })).toEqual({ code, out: '', err: expect.stringMatching(sentence) })
})

/** A disk of so many KiB, which needs root. */
function smallDisk(kib: number): string | null {
  const path = scratchFolder(clean)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', path]).status !== 0) return null
  clean(() => spawnSync('umount', [path]))
  return path
}

test('a full disk is one line, and leaves nothing of a backup or of a restore', ({ skip }) => {
  const disk = smallDisk(512)
  if (disk === null) skip('needs the right to mount a disk')
  else {
    const folder = join(scratchFolder(clean), 'backup')
    const full = outcome(command(['backup', join(disk, 'backup'), '--data', dataDir]))
    expect(full).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^The disk of \S+ has 1 MB free.* Make room.*\n$/),
    })
    expect(readdirSync(disk)).toEqual([])
    command(['backup', folder, '--data', dataDir])
    const back = outcome(command(['restore', folder, '--data', disk]))
    expect(back).toEqual({ code: 1, out: '', err: expect.stringMatching(/^The disk of \S+ has 1 MB free.*\n$/) })
    expect(readdirSync(disk).filter((name) => !name.startsWith('lock'))).toEqual([])
  }
})

test('a backup that somebody has edited is not restored', () => {
  const folder = join(scratchFolder(clean), 'backup')
  command(['backup', folder, '--data', dataDir])
  rmSync(join(folder, 'vapid.json'))
  const to = join(scratchFolder(clean), 'data')
  const said = outcome(command(['restore', folder, '--data', to]))
  expect(said).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(/vapid\.json is missing\. Nothing was restored/),
  })
})
