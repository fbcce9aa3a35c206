import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import type { Kind } from '../../../src/domain/alert-types.ts'
import { fileWithoutRules } from '../newsroom/newsroom-without-rules.ts'
import { compileCache } from './compile-cache.ts'
import { serviceProgram } from './service-program.ts'

export const adminKey = 'the-admin-key-of-the-tests'

/** A service in a process of its own, as an operator runs it. */
export type Running = {
  readonly url: string
  readonly child: ChildProcess
  /** What it said on standard error so far. */
  readonly error: () => string
  /** Ends it with a signal and gives its exit code; null when the signal killed it. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>
}

/**
 * Starts a service on a data folder and waits until it is ready. Throws with what it said when it ends instead. `core`:
 * the one it is kept to.
 */
export async function startNode(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  file = serviceProgram,
  openFiles = '$(ulimit -n)',
  core: number | null = null,
): Promise<Running> {
  // A bench has nobody who has built it.
  if (process.env.VITEST === undefined) await (await import('../../../src/node/build.ts')).buildService()
  const child = spawnNode(dataDir, env, file, openFiles, core)
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^Tocsin is ready at (\S+)/.exec(line)?.[1]
    if (url !== undefined) return { url, child, error: () => said, end: (signal) => endOf(child, signal) }
  }
  throw new Error(`the service ended before it was ready: ${said}`)
}

/** The process of a service, which is not ready yet. */
export function spawnNode(
  dataDir: string,
  env: Readonly<Record<string, string>>,
  file = serviceProgram,
  openFiles = '$(ulimit -n)',
  core: number | null = null,
) {
  const pin = core === null ? '' : `taskset -c ${core} `
  return spawn('sh', ['-c', `ulimit -n ${openFiles} && exec ${pin}"$0" "$1"`, process.execPath, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...compileCache,
      PORT: '0',
      DATA_DIR: dataDir,
      ADMIN_KEY: adminKey,
      VAPID_SUBJECT: 'mailto:desk@news.example',
      NEWSROOM: fileWithoutRules(),
      DRAIN_SECONDS: '0',
      LOG_LEVEL: 'warn',
      ...env,
    },
  })
}

async function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return child.exitCode
}

/**
 * A port that a service can be started on again and again. Below those that systems give to outgoing connections (32768 and up;
 * 49152 and up, RFC 6335 §6): one of thousands that other tests open would take it while the service is down.
 */
export async function freePort(): Promise<string> {
  for (;;) {
    const port = randomInt(10_000, 32_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, () => resolve(true))
    })
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return String(port)
  }
}

let keys = 0
/** A key for one intention. */
export const newKey = () => `key-${process.pid}-${++keys}`

/** Asks with a key and JSON. */
export function ask(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  signal: AbortSignal | null = null,
) {
  return fetch(new URL(path, url), {
    ...{ method, signal },
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: 'manual',
  })
}

export const english = (headline: string) => ({ texts: { en: { headline, summary: 'What is known so far.' } } })

/** Publishes an alert and gives what was answered. Throws when it was refused. */
export async function publish(url: string, body: object, key = newKey()) {
  return answered(await ask(url, 'POST', '/v1/alerts', { level: 'urgent', ...body }, { 'idempotency-key': key }))
}

/** Updates, corrects or retracts. Throws when it was refused. */
export async function revise(url: string, id: string, kind: Exclude<Kind, 'alert'>, body: object, key = newKey()) {
  return answered(await ask(url, 'POST', `/v1/alerts/${id}/${kind}`, body, { 'idempotency-key': key }))
}

type Published = {
  readonly alert: { readonly id: string; readonly version: number }
  readonly seq: number
  readonly cursor: string
}

async function answered(answer: Response): Promise<Published> {
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Published
}
