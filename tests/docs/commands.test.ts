import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseNewsroom } from '../../src/domain/newsroom.ts'
import { isInstalled } from '../interop/installed.ts'
import { adminKey, ask, type Running, startNode } from '../support/processes/service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { blocksOf, documents, textOf } from './documents.ts'

// Every command in a document is run here in the order of the documents, run by another test, or not run for a reason.

const clean = cleaning(afterAll)
let service: Running
let dataDir: string
/** The id that `<id>` in a command stands for: that of the alert published last. */
let alertId = ''

beforeAll(async () => {
  dataDir = scratchFolder(clean)
  // With the built-in rules, as whoever tries the commands has it.
  service = await startNode(dataDir, { NEWSROOM: 'src/domain/example-newsroom.json' })
})
afterAll(async () => {
  await service.end('SIGTERM')
})

type Told = { readonly said: string; readonly code: number | null }
type Step = (command: string) => Promise<void>

/** Runs a command by the shell in the repository, until it ends or `until` holds of what it said. */
async function shell(command: string, env: Record<string, string> = {}, until?: RegExp): Promise<Told> {
  const child: ChildProcess = spawn('sh', ['-c', command], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TOCSIN_URL: service.url, TOCSIN_KEY: adminKey, ...env },
  })
  const end = () => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGTERM')
    } catch {
      // It has ended by itself.
    }
  }
  clean(end)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      said += String(chunk)
      if (until?.test(said)) end()
    })
  const [code] = (await once(child, 'close')) as [number | null]
  return { said, code }
}

/** Succeeds, and says this. */
const says =
  (wanted: RegExp): Step =>
  async (command) => {
    const { said, code } = await shell(command)
    expect([command, code, said]).toEqual([command, 0, expect.stringMatching(wanted)])
  }

/** Says this, and is then ended: it would go on for ever. */
const saysForEver =
  (wanted: RegExp, env: Record<string, string> = {}): Step =>
  async (command) => {
    expect((await shell(command, env, wanted)).said).toMatch(wanted)
  }

const changes =
  (wanted: RegExp): Step =>
  async (command) => {
    const { said, code } = await shell(command.replace('<id>', alertId))
    expect([command, code, said]).toEqual([command, 0, expect.stringMatching(wanted)])
    const [, held] = /it will be alert ([0-9a-f-]{36})/.exec(said) ?? []
    const before = alertId
    alertId = held ?? alertId
    if (held === undefined) return
    const versionOf = async () => {
      const answer = await ask(service.url, 'GET', `/v1/alerts/${alertId}`)
      return ((await answer.json()) as { alert?: { version: number } }).alert?.version ?? 0
    }
    await expect.poll(versionOf).toBeGreaterThan(before === held ? 1 : 0)
  }

/** The address of this test's service in the place of the usual one. */
const here =
  (step: Step): Step =>
  (command) =>
    step(command.replace('localhost:3000', new URL(service.url).host))

/** Where the bundle of README.md lies in this test. */
let bundles = ''
const bundled =
  (wanted: RegExp): Step =>
  (command) => {
    bundles ||= scratchFolder(clean)
    return says(wanted)(command.replace('en.bundle.json', `${bundles}/en.bundle.json`))
  }

/** Where the backups of the documents lie in this test, and what their data folder is. */
let backups = ''
const atBackups = async (command: string, wanted: RegExp, data: string) => {
  backups ||= scratchFolder(clean)
  const newsroom = 'src/domain/example-newsroom.json'
  const here = command
    .replace(/\/backup\/tocsin-(\$\([^)]*\)|\S+)/, `${backups}/one`)
    .replace('./data', data)
    .replace('newsroom.json', newsroom)
  const { said, code } = await shell(here)
  expect([here, code, said]).toEqual([here, 0, expect.stringMatching(wanted)])
}
const backup: Step = (command) => atBackups(command, /^Backed up/, dataDir)
const restore: Step = (command) => atBackups(command, /^(Restored|Renewed)/, `${backups}/data`)

/** Where the export of README.md lies in this test, and the key that it printed. */
let exported = { folder: '', key: '' }
const exporting: Step = async (command) => {
  const folder = join(scratchFolder(clean), 'mirror')
  const newsroom = 'src/domain/example-newsroom.json'
  const here = command.replace(' mirror ', ` ${folder} `).replace('./data', dataDir).replace('newsroom.json', newsroom)
  const { said, code } = await shell(here)
  expect([here, code, said]).toEqual([here, 0, expect.stringMatching(/^Exported/)])
  exported = { folder, key: /-P (\S+)/.exec(said)?.[1] ?? '' }
}
const exportVerified: Step = async (command) => {
  // As with the other programs of Debian: CI has them all.
  if (!isInstalled('minisign') && process.env.CI !== 'true') return
  await says(/signature verified/)(command.replace('<key>', exported.key).replace('mirror/', `${exported.folder}/`))
}

/** How each command of the documents is run, by how it begins; the longest beginning counts. */
const run: Readonly<Record<string, Step>> = {
  'npx tocsin listen --lang fa,en': saysForEver(/live|Listening|connected/i),
  'npx tocsin publish': changes(/held; goes out at/),
  'npx tocsin correct <id>': changes(/held; goes out at/),
  'npx tocsin retract <id>': changes(/Retracted/),
  "curl -N 'localhost:3000/v1/events?languages=fa,en'": here(saysForEver(/^(id|retry): /m)),
  'curl localhost:3000/v1/alerts': here(says(/"detail":"It is held and goes out at /)),
  'npx web-push generate-vapid-keys': says(/Public Key:/),
  'curl localhost:3000/v1/bundle/en': here(bundled(/^/)),
  'npx tocsin verify': bundled(/^Consistent/),
  'npx tocsin listen --via': bundled(/Stopped at|made 20/),
  'npm run test:planted -- --list': says(/src\//),
  'PUBLIC_URL=https://alerts.example npx tocsin export': exporting,
  'minisign -V': exportVerified,
  'npx tocsin backup /backup/': backup,
  'npx tocsin restore': restore,
}

/** What another test runs. */
const elsewhere: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'tests/flows/scripts.test.ts',
  'npm start': 'tests/flows/scripts.test.ts',
  'npm run demo': 'tests/cli/demo/demo.long.test.ts',
  'npm run cluster': 'tests/cli/cluster/cluster-command.long.test.ts',
  'npm run dev:worker': 'tests/flows/scripts.long.test.ts',
  'npm pack ./src/client': 'tests/client/package.test.ts',
  'npx vitest run tests/hub/hub.test.ts': 'tests/hub/hub.test.ts',
  createdb: 'tests/flows/nodes/readme.long.test.ts',
  'export DATABASE_URL=': 'tests/flows/nodes/readme.long.test.ts',
  'scp -r data': 'tests/flows/nodes/readme.long.test.ts',
  pg_dump: 'tests/flows/nodes/postgres-backup.long.test.ts',
  pg_restore: 'tests/flows/nodes/postgres-backup.long.test.ts',
  'createdb -h db.example -O tocsin -E UTF8 -T template0 restored': 'tests/flows/nodes/postgres-backup.long.test.ts',
  'cp data/vapid.json': 'tests/flows/nodes/postgres-backup.long.test.ts',
  'cp /backup/vapid.json': 'tests/flows/nodes/postgres-backup.long.test.ts',
  'test ! -e data/signing-key.json': 'tests/flows/nodes/postgres-backup.long.test.ts',
  'test ! -e /backup/signing-key.json': 'tests/flows/nodes/postgres-backup.long.test.ts',
  'deploy/cluster/new-env.sh': 'tests/deploy/cluster/compose-cluster.test.ts',
  'cp deploy/tocsin@.service': 'tests/deploy/systemd-unit.test.ts',
  'cp deploy/tocsin.service': 'tests/deploy/systemd-unit.test.ts',
  'npx tocsin migrate': 'tests/flows/migrate.long.test.ts',
  'npx tocsin signing-key': 'tests/cli/commands/keys/signing-key-command.test.ts',
}

/** What is not run, and why. */
const notRun: Readonly<Record<string, string>> = {
  'export TOCSIN_KEY=': 'the commands here are given a key',
  'mv data data-before': 'moves the data folder of whoever runs the tests',
  'npm ci && npm test': 'this test is a part of it',
  'npm ci': 'the packages of this test would be removed under it',
  'npm test': 'this test is a part of it',
  'npm run check': 'npm test begins with it',
  'npx wrangler login && npm run deploy': 'needs an account',
  'git clone': 'needs a network; .ci/run is the same on a fresh clone',
  'install -m 0600 /dev/null /etc/tocsin.env': 'changes this machine',
  'systemctl enable --now tocsin@3001': 'needs the unit of systemd to run',
  'for port in 3001 3002 3003': 'needs the units of systemd; tests/deploy/cluster restarts nodes one after the other',
  'export COMPOSE_FILE=': 'is for the commands that need Docker',
  'docker compose':
    'needs Docker and its registry; tests/deploy/cluster/containers.long.test.ts runs what the file says',
  'for node in tocsin-1': 'needs Docker',
  'journalctl -u tocsin': 'needs the unit of systemd to run',
  'npm run test:planted -- src/hub/hub.ts': 'takes minutes; tests/planted/planted.test.ts checks the list',
  'npm run test:planted -- --copies 2': 'takes hours',
}

type Command = { readonly path: string; readonly text: string }

/** The commands of the documents: a line each, or several that end with a backslash; without comments. */
const commands: readonly Command[] = documents.flatMap((path) =>
  blocksOf(path)
    .filter(({ language }) => language === 'sh' || language === 'console')
    .flatMap(({ text }) => text.replace(/\\\n\s*/g, ' ').split('\n'))
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/(^|\s+)#\s.*$/, '')
        .trim(),
    )
    .filter((line) => line !== '')
    .map((text) => ({ path, text })),
)
const beginnings = [run, elsewhere, notRun].flatMap((list) => Object.keys(list)).sort((a, b) => b.length - a.length)
const beginningOf = ({ text }: Command) => beginnings.find((it) => text.startsWith(it))

test('every command of the documents is run, run elsewhere, or not run for a reason; and no list has another', () => {
  expect(commands.length).toBeGreaterThan(15)
  expect(commands.filter((command) => beginningOf(command) === undefined)).toEqual([])
  const used = new Set(commands.map(beginningOf))
  expect(beginnings.filter((it) => !used.has(it))).toEqual([])
  for (const path of Object.values(elsewhere)) expect([path, existsSync(path)]).toEqual([path, true])
})

test('blocks of code say what they are', () => {
  const known = ['', 'sh', 'ts', 'python', 'go', 'json']
  const others = documents.flatMap(blocksOf).filter(({ language }) => !known.includes(language))
  expect(others).toEqual([])
})

const runHere = commands.filter((command) => Object.hasOwn(run, beginningOf(command) ?? ''))

test.for(runHere)('$path: $text', async (command) => {
  await run[beginningOf(command) ?? '']?.(command.text)
})

test('every script and subcommand that the text of a document names is there', async () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
  const help = (await shell('npx tocsin help')).said
  for (const path of documents) {
    const text = textOf(path)
    for (const [, name = ''] of text.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
      expect(scripts).toHaveProperty([name])
    for (const [, name = ''] of text.matchAll(/npx tocsin ([a-z][a-z-]*)/g))
      expect([path, name, name === 'help' || help.includes(`\n  ${name}`)]).toEqual([path, name, true])
  }
})

test('the newsroom of README.md is one that the service takes', () => {
  const [block] = blocksOf('README.md').filter(({ language }) => language === 'json')
  expect(parseNewsroom(JSON.parse(block?.text ?? '')).languages.map(({ tag, dir }) => [tag, dir])).toEqual([
    ['fa', 'rtl'],
    ['prs', 'rtl'],
    ['crh', 'ltr'],
  ])
})
