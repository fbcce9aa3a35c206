import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { needsInstalled, pathOf } from '../../../interop/installed.ts'
import { exportCommand as command, exportedPaths, smallNewsroom } from '../../../support/export/export-command.ts'
import { english, publish, type Running, revise, startNode } from '../../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

const clean = cleaning(afterAll)
let dataDir: string
let newsroom: string
let service: Running

beforeAll(async () => {
  dataDir = join(scratchFolder(clean), 'data')
  newsroom = smallNewsroom(clean)
  service = await startNode(dataDir, { NEWSROOM: newsroom })
  const { alert } = await publish(service.url, english('Five dead'))
  await revise(service.url, alert.id, 'correction', { ...english('Four dead'), note: { en: 'It was four.' } })
})
afterAll(() => service.end('SIGTERM'))

const usual = () => ['--data', dataDir, '--newsroom', newsroom]

test('an export of a running service: every file is verified by minisign, bundles are those of the route', async ({
  skip,
}) => {
  needsInstalled('minisign', skip)
  const folder = join(scratchFolder(clean), 'mirror')
  const { code, out, err } = await command([folder, ...usual()])
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(
    /^Exported .* as of 20.*\n {2}3 languages: 9 files written, each with its signature\n {2}To verify one: minisign -V -P \S{56} -m /,
  )
  const key = /-P (\S{56})/.exec(out)?.[1] ?? ''
  expect(exportedPaths(folder)).toHaveLength(9)
  for (const path of exportedPaths(folder)) {
    const checked = spawnSync(pathOf('minisign'), ['-V', '-Q', '-P', key, '-m', join(folder, path)], {
      encoding: 'utf8',
    })
    expect([path, checked.status, checked.stdout.split('\t')[1]]).toEqual([path, 0, `file:${path}`])
  }
  const answered = Buffer.from(await (await fetch(`${service.url}/v1/bundle/en`)).arrayBuffer())
  const mirrored = readFileSync(join(folder, 'bundles/en.json'))
  const without = (bytes: Buffer) => JSON.parse(bytes.toString()).entries
  // Five minutes may have begun in between: with the same time, all bytes are the same.
  const isSameTime = JSON.parse(answered.toString()).statement.at === JSON.parse(mirrored.toString()).statement.at
  expect(isSameTime ? answered.equals(mirrored) : without(answered)).toEqual(isSameTime ? true : without(mirrored))
  expect(readFileSync(join(folder, 'en/index.html'), 'utf8')).toContain('Four dead')
})

test('a second export touches nothing; --json is one line, --quiet none; settings may come from the environment', async () => {
  const folder = join(scratchFolder(clean), 'mirror')
  const env = { DATA_DIR: dataDir, NEWSROOM: newsroom }
  const first = JSON.parse((await command(['--json', folder], env)).out)
  expect(first).toMatchObject({ folder, files: 9, written: 9, removed: 0, unchanged: 0 })
  const again = await command(['--json', folder], env)
  expect(again.out.trim().split('\n')).toHaveLength(1)
  const { written, unchanged } = JSON.parse(again.out)
  // The list of mirrors and the key are the same whatever the time.
  expect([written + unchanged, unchanged >= 1]).toEqual([9, true])
  expect(await command(['--quiet', folder], env)).toEqual({ code: 0, out: '', err: '' })
})

test('what cannot be done is a sentence that says what to do', async () => {
  const parent = scratchFolder(clean)
  writeFileSync(join(parent, 'index.html'), 'mine')
  const none = join(parent, 'none')
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[parent, ...usual()], /such as index\.html.*--force/],
    [[join(parent, 'index.html'), ...usual()], /is a file; a folder is wanted/],
    [[join(none, 'mirror'), ...usual()], /none is not there/],
    [[join(dataDir, 'mirror'), ...usual()], /lies within the data folder .* has secrets/],
    [[join(dataDir, '..'), ...usual()], /holds .*the data folder/],
    [
      [join(parent, 'mirror'), '--data', none, '--newsroom', newsroom],
      /There is no tocsin\.db in .*--data or DATA_DIR/,
    ],
  ]
  const refusals = await Promise.all(
    refused.map(async ([args, wanted]) => ({ args, wanted, ...(await command(args)) })),
  )
  for (const { args, wanted, code, out, err } of refusals) {
    expect([args, code, out, err.split('\n').length]).toEqual([args, 1, '', 2])
    expect(err).toMatch(wanted)
  }
  expect(readFileSync(join(parent, 'index.html'), 'utf8')).toBe('mine')
  const wrong = await command([join(parent, 'mirror'), '--data', dataDir, '--newsroom', none])
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/NEWSROOM: the file cannot be read: ENOENT/)])
  expect((await command([])).code).toBe(2)
  expect(existsSync(join(parent, 'mirror'))).toBe(false)
})

test('without the newsroom’s file or PUBLIC_URL a warning says so, and with another key nothing is exported', async () => {
  const folder = join(scratchFolder(clean), 'mirror')
  const bare = await command([folder, '--data', dataDir])
  expect([bare.code, bare.err]).toEqual([0, expect.stringMatching(/^Warning: NEWSROOM is not set here.*\n$/)])
  const nameless = await command([join(scratchFolder(clean), 'mirror'), ...usual(), '--quiet'], { PUBLIC_URL: '' })
  expect([nameless.code, nameless.err]).toEqual([0, expect.stringMatching(/^Warning: PUBLIC_URL is not set here.*\n$/)])
  const other = await command([folder, ...usual()], { SIGNING_KEY: `${'B'.repeat(42)}A` })
  expect([other.code, other.err]).toEqual([1, expect.stringMatching(/The log was signed last with the key/)])
})

test('the export of a newsroom of another name is replaced only by force', async () => {
  const folder = join(scratchFolder(clean), 'mirror')
  expect((await command([folder, ...usual()])).code).toBe(0)
  const written = () => exportedPaths(folder).map((path) => readFileSync(join(folder, path), 'base64'))
  const before = written()
  const renamed = join(scratchFolder(clean), 'newsroom.json')
  writeFileSync(renamed, readFileSync(newsroom, 'utf8').replace('Radio Example', 'Radio Other'))
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ['--data', dataDir],
      /^.* has the export of “Radio Example”, and this one is of .*the built-in example: give .*--newsroom.*--force once\.\n$/,
    ],
    [
      ['--data', dataDir, '--newsroom', renamed],
      /^.* has the export of “Radio Example”, and this one is of “Radio Other”\. .*--force once\.\n$/,
    ],
  ]
  for (const [args, wanted] of refused) {
    expect(await command([folder, ...args])).toEqual({ code: 1, out: '', err: expect.stringMatching(wanted) })
    expect(written()).toEqual(before)
  }
  expect(await command([folder, '--data', dataDir, '--newsroom', renamed, '--force'])).toMatchObject({
    code: 0,
    err: '',
  })
  expect(readFileSync(join(folder, 'en/index.html'), 'utf8')).toContain('Radio Other')
  expect((await command([folder, '--data', dataDir, '--newsroom', renamed])).code).toBe(0)
})
