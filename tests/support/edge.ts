import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { adminKey } from './service.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const wrangler = fileURLToPath(new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url))

/** The Worker in workerd, as `npm run dev:worker` runs it. */
export type Edge = {
  readonly url: string
  readonly child: ChildProcess
  /** What it said so far, on both outputs. */
  readonly said: () => string
  readonly close: () => Promise<void>
}

type Options = { readonly file?: string; readonly env?: Readonly<Record<string, string>> }

const triesMax = 3

/** Starts `wrangler dev` on a scratch folder and waits until it is ready. Throws with what it said when it ends instead. */
export async function startEdge(
  folder: string,
  settings: Readonly<Record<string, string>> = {},
  options: Options = {},
): Promise<Edge> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(folder, settings, options)
    } catch (error) {
      // It looks for free ports before it takes them: two that start together may find the same.
      if (tries === triesMax || !String(error).includes('Address already in use')) throw error
    }
  }
}

async function start(
  folder: string,
  settings: Readonly<Record<string, string>>,
  { file, env = {} }: Options,
): Promise<Edge> {
  const vars = { ADMIN_KEY: adminKey, EDGE_CACHE: 'off', VAPID_SUBJECT: 'mailto:desk@news.example', ...settings }
  const flags = Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  const main = file === undefined ? [] : [file]
  const child = spawn(
    process.execPath,
    [
      wrangler,
      'dev',
      ...main,
      '--ip',
      '127.0.0.1',
      '--port',
      '0',
      '--inspector-port',
      '0',
      '--persist-to',
      folder,
      ...flags,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: workerd is a child of wrangler, and ends with it.
      detached: true,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, CI: 'true', WRANGLER_SEND_METRICS: 'false', ...env },
    },
  )
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const close = () => endOf(child)
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`wrangler ended before it was ready: ${said}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      said += `${line}\n`
      const url = /Ready on (http:\S+)/.exec(line)?.[1]
      if (url !== undefined) resolve({ url, child, said: () => said, close })
    })
  })
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  process.kill(-child.pid, 'SIGTERM')
  await ended
}
