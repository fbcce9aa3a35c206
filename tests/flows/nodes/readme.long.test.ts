import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { blocksOf } from '../../docs/documents.ts'
import { needsInstalled } from '../../interop/installed.ts'
import { blankDatabase } from '../../support/postgres/fresh-database.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { listenRaw } from '../../support/streams/raw-listener.ts'

const clean = cleaning()

/** The folder of a fresh clone, as another machine has it: everything is a link to this one. */
function cloneIn(folder: string): string {
  mkdirSync(folder)
  for (const name of readdirSync('.')) if (name !== 'data') symlinkSync(resolve(name), join(folder, name))
  return folder
}

type Ran = {
  readonly child: ChildProcess
  readonly lines: string[]
  readonly until: (wanted: RegExp) => Promise<string>
}

function run(command: string, cwd: string, env: Readonly<Record<string, string>>): Ran {
  const child = spawn('sh', ['-c', `exec sh -c '${command.replaceAll("'", "'\\''")}'`], {
    ...{ cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', DRAIN_SECONDS: '0', ...env },
  })
  clean(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
    } catch {
      // It has ended.
    }
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => lines.push(line))
  const until = async (wanted: RegExp) => {
    await expect.poll(() => lines.join('\n'), { timeout: 120_000 }).toMatch(wanted)
    return wanted.exec(lines.join('\n'))?.[1] ?? ''
  }
  return { child, lines, until }
}

test('the lines of README.md under “Many machines” start two nodes on one database', { timeout: 300_000 }, async ({
  skip,
}) => {
  needsInstalled('createdb', skip)
  const commands = (blocksOf('README.md').find(({ text }) => text.includes('createdb'))?.text ?? '')
    .split('\n')
    .map((line) => line.replace(/\s+#\s.*$/, '').trim())
    .filter((line) => line !== '')
  expect(commands).toHaveLength(5)
  const [create = '', setting = '', start = '', copy = '', startOther = ''] = commands
  const { host, hostname, port, pathname, username } = new URL(await blankDatabase(clean))
  const name = `${pathname.slice(1)}_readme`
  const folder = scratchFolder(clean)
  const [one, two] = [cloneIn(join(folder, 'one')), cloneIn(join(folder, 'two'))]
  // The names of the example stand for this server and for a second folder; the commands are the written ones.
  const env = { PGUSER: username, PGPORT: port }
  const made = run(create.replace('db.example', hostname).replace(/tocsin$/, name), one, env)
  expect([(await once(made.child, 'close'))[0], made.lines]).toEqual([0, []])
  clean(async () => void (await once(run(`dropdb -f -h ${hostname} ${name}`, one, env).child, 'close')))
  const databaseUrl = setting.replace('export DATABASE_URL=', '').replace('db.example/tocsin', `${host}/${name}`)
  expect(databaseUrl).toMatch(/^postgres:/)
  const nodeEnv = { DATABASE_URL: databaseUrl }
  const withoutInstall = (command: string) => command.replace('npm ci && ', '')
  const first = run(withoutInstall(start), one, nodeEnv)
  const firstUrl = await first.until(/ready at (\S+)/)
  const key = await first.until(/shown this once[\s\S]*?\n {2}(\S{40,})/)
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'scp'), `#!/bin/sh\n[ "$3" = two.example:tocsin/ ] && cp "$1" "$2" ${two}\n`, { mode: 0o755 })
  const copied = run(copy, one, { PATH: `${bin}:${process.env.PATH}` })
  expect([(await once(copied.child, 'close'))[0], copied.lines]).toEqual([0, []])
  const second = run(withoutInstall(startOther), two, nodeEnv)
  const secondUrl = await second.until(/ready at (\S+)/)
  expect(second.lines.join('\n')).toContain('The database has editors already')
  const reader = await listenRaw(firstUrl, '?languages=en')
  const published = await fetch(`${secondUrl}/v1/alerts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'idempotency-key': 'one', 'content-type': 'application/json' },
    body: JSON.stringify({ level: 'routine', texts: { en: { headline: 'Two nodes' } } }),
  })
  expect(published.status).toBe(201)
  await reader.frame((it) => it.seq === 1)
})
