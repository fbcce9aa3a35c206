import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { SigningKey } from '../../../src/signing/key-ring.ts'
import { runs } from '../../support/effort.ts'
import { blankDatabase } from '../../support/postgres/fresh-database.ts'
import { tocsin } from '../../support/processes/cli.ts'
import { onDatabase, startNodes } from '../../support/processes/postgres-nodes.ts'
import { english, publish, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning } from '../../support/scratch.ts'

// The signing key of two nodes on one PostgreSQL is rotated as docs/operating.md says (“The signing key”), by the commands that an
// operator runs.

const clean = cleaning()
const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const file = 'signing-key.json'
type Settings = Readonly<Record<string, string>>

/** Starts `npx tocsin signing-key …` as the leader of a process group: the command starts a program of its own. */
function spawnKeyCommand(act: string, dataDir: string | null, env: Settings): ChildProcess {
  return spawn(process.execPath, [main, 'signing-key', act, ...(dataDir === null ? [] : ['--data', dataDir])], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  })
}

async function keyCommand(act: string, dataDir: string | null, env: Settings) {
  const child = spawnKeyCommand(act, dataDir, env)
  const [out, err] = [child.stdout, child.stderr].map((stream) => (stream === null ? '' : text(stream)))
  const [code] = await once(child, 'exit')
  return { code, out: (await out) ?? '', err: (await err) ?? '' }
}

const madeKey = (out: string) => /^The new key is ([\w-]{11}), signed by /.exec(out)?.[1]

async function keysOf(url: string): Promise<readonly SigningKey[]> {
  const answer = (await (await fetch(`${url}/v1/newsroom`)).json()) as { readonly signingKeys: readonly SigningKey[] }
  return answer.signingKeys
}

/** Two nodes, which are started again one after the other with the data folders and the settings that they have by then. */
async function startTwo(settings: Settings = {}) {
  const { nodes, databaseUrl, dataDir } = await startNodes(clean, 2, settings)
  const folders = ['node-0', 'node-1'].map((name) => join(dirname(dataDir), name))
  const running: Running[] = [...nodes]
  let headlines = 0
  const published: string[] = []
  return {
    ...{ databaseUrl, env: onDatabase(databaseUrl), published },
    folder: (nth: number) => folders[nth] ?? '',
    url: (nth: number) => running[nth]?.url ?? '',
    async startAgain(nth: number, changed: Settings = settings): Promise<void> {
      await running[nth]?.end('SIGTERM')
      const node = await startNode(folders[nth] ?? '', { ...onDatabase(databaseUrl), ...changed })
      clean(() => node.end('SIGKILL'))
      running[nth] = node
    },
    /** Publishes at each node. */
    async publish(): Promise<void> {
      for (const { url } of running) {
        headlines += 1
        published.push(`Headline ${headlines}`)
        await publish(url, english(`Headline ${headlines}`))
      }
    },
  }
}
type Two = Awaited<ReturnType<typeof startTwo>>

/** With the key that was pinned at first, all that was published verifies: on each node's streams, and in its bundle. */
async function expectVerified({ url, published }: Two, pinned: SigningKey): Promise<void> {
  const { publicKey } = pinned
  for (const nth of [0, 1]) {
    // A node that was woken late does not have the newest yet.
    await expect
      .poll(async () => (await (await fetch(`${url(nth)}/v1/bundle/en`)).text()).includes(published.at(-1) ?? ''))
      .toBe(true)
    const bundle = await (await fetch(`${url(nth)}/v1/bundle/en`)).text()
    const verified = await tocsin(['verify', '-', '--key', publicKey, '--json'], { input: bundle })
    expect([verified.code, verified.err]).toEqual([0, ''])
    expect(JSON.parse(verified.out)).toMatchObject({ genuine: true, entries: published.length, leadsToKey: true })
    const { cursor } = (await (await fetch(`${url(nth)}/v1/alerts?languages=en`)).json()) as { cursor: string }
    const from = `${cursor.split('.')[0]}.0`
    const shown = ['--lang', 'en', '--level', 'routine', '--after', from, '--count', String(published.length), '--json']
    const heard = await tocsin(['listen', ...shown, '--verify', publicKey], { env: { TOCSIN_URL: url(nth) } })
    expect([heard.code, heard.out.split('\n').length]).toEqual([0, published.length])
    for (const headline of published) expect(heard.out).toContain(`"${headline}"`)
  }
}

test('the key in the data folders is rotated twice, the nodes are started again one after the other, and all verifies with the key that was pinned at first', {
  timeout: 180_000,
}, async () => {
  const two = await startTwo()
  await two.publish()
  const [pinned] = await keysOf(two.url(0))
  if (pinned === undefined) throw new Error('no key')
  await expectVerified(two, pinned)
  for (const [nth, other] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const before = await keysOf(two.url(nth))
    // The nodes run meanwhile.
    const { code, out, err } = await keyCommand('rotate', two.folder(nth), two.env)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`Copy ${join(two.folder(nth), file)} into the DATA_DIR of every other node.`)
    await two.publish()
    expect(await keysOf(two.url(nth))).toEqual(before)
    await expectVerified(two, pinned)
    copyFileSync(join(two.folder(nth), file), join(two.folder(other), file))
    await two.startAgain(nth)
    await two.publish()
    await two.startAgain(other)
    await two.publish()
    for (const url of [two.url(nth), two.url(other)]) {
      const keys = await keysOf(url)
      expect([keys[0]?.id, keys.slice(1).map(({ id }) => id)]).toEqual([madeKey(out), before.map(({ id }) => id)])
    }
    await expectVerified(two, pinned)
  }
})

test('a key in the settings is rotated twice by the settings that the command prints', {
  timeout: 180_000,
}, async () => {
  const made = await keyCommand('make', null, {})
  expect(made.code).toBe(0)
  let settings: Settings = { SIGNING_KEY: made.out.trim() }
  const two = await startTwo(settings)
  await two.publish()
  const [pinned] = await keysOf(two.url(0))
  if (pinned === undefined) throw new Error('no key')
  for (const rotations of [1, 2]) {
    const { code, out } = await keyCommand('rotate', two.folder(0), { ...two.env, ...settings })
    expect(code).toBe(0)
    settings = Object.fromEntries(
      out
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    )
    for (const nth of [0, 1]) {
      await two.startAgain(nth, settings)
      await two.publish()
    }
    for (const nth of [0, 1]) expect(await keysOf(two.url(nth))).toHaveLength(rotations + 1)
    await expectVerified(two, pinned)
  }
  expect(existsSync(join(two.folder(0), file))).toBe(false)
})

test('of several rotations at once each follows the one before it: no key that was told is lost', {
  timeout: 180_000,
}, async () => {
  const two = await startTwo()
  await two.publish()
  const [pinned] = await keysOf(two.url(0))
  if (pinned === undefined) throw new Error('no key')
  // After sixteen rotations the first key is forgotten, and what it has signed is not in bundles any more.
  for (let round = 0; round < Math.min(runs(2), 4); round += 1) {
    const rotated = await Promise.all(Array.from({ length: 3 }, () => keyCommand('rotate', two.folder(0), two.env)))
    expect(rotated.map(({ code, err }) => [code, err])).toEqual(rotated.map(() => [0, '']))
    const shown = await keyCommand('show', two.folder(0), two.env)
    for (const { out } of rotated) expect(shown.out).toContain(String(madeKey(out)))
    copyFileSync(join(two.folder(0), file), join(two.folder(1), file))
    for (const nth of [0, 1]) await two.startAgain(nth)
    await two.publish()
    await expectVerified(two, pinned)
  }
})

test('with a DATABASE_URL that leads to no log, or to that of another newsroom, nothing is rotated, and it says why', {
  timeout: 180_000,
}, async () => {
  const two = await startTwo()
  await two.publish()
  expect((await keyCommand('rotate', two.folder(0), two.env)).code).toBe(0)
  const before = readFileSync(join(two.folder(0), file), 'utf8')
  const other = await startNodes(clean, 1)
  await publish(other.nodes[0].url, english('Of another newsroom'))
  const absent = new URL(two.databaseUrl)
  absent.pathname = '/no_such_database'
  for (const [url, words] of [
    ['postgres://tocsin:hunter2@127.0.0.1:9/tocsin', /No PostgreSQL can be reached at 127\.0\.0\.1:9/],
    [absent.href, /no_such_database/],
    [await blankDatabase(clean), /has not all tables of the service/],
    [other.databaseUrl, /The log was signed last with the key [\w-]{11}, but the keys here are /],
  ] as const) {
    const { code, out, err } = await keyCommand('rotate', two.folder(0), onDatabase(url))
    expect([url, code, out, err.trim().split('\n')]).toEqual([url, 1, '', [expect.stringMatching(words)]])
    expect(err).not.toContain('hunter2')
    expect(readFileSync(join(two.folder(0), file), 'utf8')).toBe(before)
  }
  expect((await keyCommand('rotate', two.folder(0), { DATABASE_URL: 'mysql://nowhere' })).code).toBe(2)
  // Without it a node's folder has no log, and before the first rotation no key either.
  const without = await keyCommand('rotate', two.folder(1), {})
  expect([without.code, without.err]).toEqual([1, expect.stringContaining('DATABASE_URL')])
  const unseen = await keyCommand('rotate', two.folder(0), {})
  expect([unseen.code, unseen.err]).toEqual([0, expect.stringMatching(/^Warning: .*DATABASE_URL/)])
})

test('a node that does not have the key that signed last rotates nothing; one with a key that another rotation made does not start', {
  timeout: 180_000,
}, async () => {
  const two = await startTwo()
  await two.publish()
  const [pinned] = await keysOf(two.url(0))
  if (pinned === undefined) throw new Error('no key')
  // Both rotate, each for itself, before either has signed with its new key: neither can know of the other.
  const [here, there] = [0, 1].map((nth) => keyCommand('rotate', two.folder(nth), two.env))
  expect([(await here)?.code, (await there)?.code]).toEqual([0, 0])
  await two.startAgain(0)
  two.published.push('Signed by the first')
  await publish(two.url(0), english('Signed by the first'))
  const key = madeKey((await here)?.out ?? '')
  await expect(two.startAgain(1)).rejects.toThrow(`signed last with the key ${key}`)
  const refused = await keyCommand('rotate', two.folder(1), two.env)
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(`signed last with the key ${key}`)])
  // As the sentence says: the file of the other node.
  copyFileSync(join(two.folder(0), file), join(two.folder(1), file))
  await two.startAgain(1)
  await two.publish()
  await expectVerified(two, pinned)
})

test('killed at any moment and repeated, a rotation leaves a key that all verifies with, and no file of its own', {
  timeout: 300_000,
}, async () => {
  const two = await startTwo()
  await two.publish()
  const [pinned] = await keysOf(two.url(0))
  if (pinned === undefined) throw new Error('no key')
  const folder = two.folder(0)
  const drafts = () => readdirSync(folder).filter((name) => name.startsWith(`${file}.`))
  const began = performance.now()
  expect((await keyCommand('rotate', folder, two.env)).code).toBe(0)
  const wholeMs = performance.now() - began
  for (let nth = 0; nth < runs(4); nth += 1) {
    const child = spawnKeyCommand('rotate', folder, two.env)
    const ended = once(child, 'exit')
    // Half of them late, near to where the file is written.
    await sleep(wholeMs * (nth % 2 === 0 ? Math.random() : 0.7 + 0.3 * Math.random()))
    if (child.exitCode === null) process.kill(-Number(child.pid), 'SIGKILL')
    await ended
    expect((await keyCommand('show', folder, two.env)).code).toBe(0)
  }
  // As a rotation that is killed between writing a file and giving it its name leaves it; no process has so high a number.
  writeFileSync(join(folder, `${file}.4194305.0a1b2c3d`), readFileSync(join(folder, file)), { mode: 0o600 })
  expect(await keyCommand('rotate', folder, two.env)).toMatchObject({ code: 0, err: '' })
  expect(drafts()).toEqual([])
  copyFileSync(join(folder, file), join(two.folder(1), file))
  for (const nth of [0, 1]) await two.startAgain(nth)
  await two.publish()
  await expectVerified(two, pinned)
})
