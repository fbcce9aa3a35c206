import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileWithoutRules } from '../../support/newsroom/newsroom-without-rules.ts'
import { adminKey } from '../../support/processes/service.ts'

// The service as `npm start` runs it, in a fresh data folder: here, or in another checkout to compare with.

const endMsMax = 10_000

/** A service that has said that it is ready. */
export type StartedService = {
  readonly url: string
  readonly pid: number
  /** From the start of its process until it said that it is ready. */
  readonly readyMs: number
  end(): Promise<void>
}

/** The first half of `npm start`. Throws when it fails. */
export function buildFor(root: string): void {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, env: envOf(root), stdio: 'inherit' })
  if (status !== 0) throw new Error(`${root} cannot be built`)
}

/**
 * The second half of `npm start`: what its script runs after the build, with the PATH that npm gives it. `core`: the one
 * it is kept to; null: none. Resolves when the service is ready; throws with what it said when it ends instead.
 */
export async function startService(
  root: string,
  env: Readonly<Record<string, string>>,
  core: number | null,
): Promise<StartedService> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
  const pin = core === null ? '' : `taskset -c ${core} `
  const startedAt = performance.now()
  const child = spawn('sh', ['-c', commandOf(root).replace(/^exec /, `exec ${pin}`)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...envOf(root),
      ...{ PORT: '0', DATA_DIR: dataDir, ADMIN_KEY: adminKey, VAPID_SUBJECT: 'mailto:desk@news.example' },
      ...{ DRAIN_SECONDS: '0', NEWSROOM: fileWithoutRules(), ...env },
    },
  })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^Tocsin is ready at (\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    const readyMs = performance.now() - startedAt
    return { url, pid: child.pid ?? 0, readyMs, end: () => end(child, dataDir) }
  }
  throw new Error(`${root} ended before it was ready: ${errors}`)
}

/** What `npm start` runs after the build, such as "exec node dist/node/main.js". */
function commandOf(root: string): string {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }
  const command = manifest.scripts.start.split('&&').at(-1)?.trim() ?? ''
  if (!command.startsWith('exec ')) throw new Error(`the start script of ${root} ends otherwise than expected`)
  return command
}

/** Nothing of our own environment but what programs need to be found. */
function envOf(root: string) {
  const path = [resolve(root, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  return { PATH: path, HOME: process.env.HOME }
}

async function end(child: ChildProcess, dataDir: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), endMsMax)
    await gone
    clearTimeout(late)
  }
  rmSync(dataDir, { recursive: true, force: true })
}
