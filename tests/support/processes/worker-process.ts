import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fileOnce } from '../newsroom/file-once.ts'
import { fileWithoutRules } from '../newsroom/newsroom-without-rules.ts'
import { until } from '../push/push-deps.ts'
import { compileCache } from './compile-cache.ts'
import { runningInGroup } from './process-states.ts'
import { adminKey } from './service.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const wrangler = fileURLToPath(new URL('../../../node_modules/wrangler/bin/wrangler.js', import.meta.url))

/** The Worker in workerd, as `wrangler dev` runs it: no account, no network. */
export type RunningWorker = {
  readonly url: string
  /** All that it said so far. */
  readonly said: () => string
  readonly end: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
}

type How = {
  /** The Worker's file, from the root of the project. */
  readonly main?: string
  /** Where its objects keep what they must not forget. */
  readonly folder: string
  readonly settings?: Readonly<Record<string, string>>
  /** A file of certificates that it trusts besides the usual ones. */
  readonly caFile?: string
}

const triesMax = 3

/** wrangler.toml with the newsroom of the tests. `wrangler dev` takes no alias as an argument. */
function configWithoutRules(): string {
  const newsroom = fileWithoutRules()
  const text = readFileSync(join(root, 'wrangler.toml'), 'utf8')
    .replace('main = "src/', `main = "${root}src/`)
    .replace('directory = "public"', `directory = "${root}public"`)
    .replace('[assets]', `[alias]\n"#newsroom" = "${newsroom}"\n\n[assets]`)
  return fileOnce('wrangler', '.toml', text)
}
const usual = { ADMIN_KEY: adminKey, EDGE_CACHE: 'off', VAPID_SUBJECT: 'mailto:desk@news.example' }

/** Starts the Worker and waits until it is ready. Throws with what it said when it ends instead. */
export async function startWorker(how: How): Promise<RunningWorker> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(how)
    } catch (error) {
      // It looks for free ports before it takes them: two that start together may find the same.
      if (tries === triesMax || !String(error).includes('Address already in use')) throw error
    }
  }
}

async function start({ main, folder, settings = {}, caFile }: How): Promise<RunningWorker> {
  const vars = Object.entries({ ...usual, ...settings }).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  const where = [
    '--config',
    configWithoutRules(),
    '--local',
    '--ip',
    '127.0.0.1',
    '--port',
    '0',
    '--inspector-port',
    '0',
    '--persist-to',
    folder,
  ]
  const child = spawn(
    process.execPath,
    [wrangler, 'dev', ...(main === undefined ? [] : [main]), ...where, '--show-interactive-dev-session=false', ...vars],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: wrangler's children end with it.
      detached: true,
      env: {
        PATH: process.env.PATH,
        ...compileCache,
        HOME: folder,
        CI: 'true',
        WRANGLER_SEND_METRICS: 'false',
        ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile }),
      },
    },
  )
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const url = await new Promise<string | null>((resolve) => {
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      said += `${line}\n`
      const found = /Ready on (http:\/\/\S+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => resolve(null))
  })
  if (url === null) throw new Error(`wrangler ended before the Worker was ready: ${said}`)
  return {
    url,
    said: () => said,
    async end(signal = 'SIGTERM') {
      const group = child.pid
      if (child.exitCode !== null || child.signalCode !== null || group === undefined) return
      const ended = once(child, 'exit')
      process.kill(-group, signal)
      await ended
      // workerd may outlive wrangler by a moment, and until then it holds its databases locked.
      await until(() => runningInGroup(group).length === 0)
    },
  }
}
