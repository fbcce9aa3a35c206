import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { serviceProgram } from '../commands/serve.ts'
import { CommandError, type Shell } from '../shell.ts'

/** A service of the demo's own, on a scratch folder and a free port. */
type ScratchService = {
  readonly url: string
  readonly key: string
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const startMsMax = 20_000
const stopMsMax = 5_000
const errorLinesMax = 20
const linesKeptMax = 1_000
/** What the operator has set for a real service must not reach this one. */
const notOurs = [
  'DATABASE_URL',
  'LISTEN_DATABASE_URL',
  'NEWSROOM',
  'PUBLIC_URL',
  'VAPID_SUBJECT',
  'VAPID_PUBLIC_KEY',
  'VAPID_PRIVATE_KEY',
  'METRICS_KEY',
  'PROCESSES',
  'PUSH_HOSTS',
  'PUSH_CONNECT_TO',
  'TRUST_PROXY',
  'SUBSCRIBE_PER_MINUTE',
  'CONNECTIONS_PER_ADDRESS',
]

/** Starts the service and waits until it is ready. Throws a CommandError with the output of the service when it does not start. */
export async function scratchService({ env, stop }: Pick<Shell, 'env' | 'stop'>): Promise<ScratchService> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-demo-'))
  const key = `demo-${crypto.randomUUID()}`
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !notOurs.includes(name)))
  const child = spawn(process.execPath, [serviceProgram], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: a terminal's Ctrl-C reaches only the demo, which then ends the service.
    detached: true,
    env: { ...clean, HOST: '127.0.0.1', PORT: '0', DATA_DIR: folder, ADMIN_KEY: key, DRAIN_SECONDS: '0' },
  })
  const end = async () => {
    await ended(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    return { url: await readyAt(child, stop), key, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}

function readyAt(child: ChildProcess, stop: AbortSignal): Promise<string> {
  const said: string[] = []
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', onStop)
    }
    const fail = (why: string) => {
      settle()
      reject(new CommandError([why, ...said.slice(-errorLinesMax)].join('\n  ')))
    }
    const timer = setTimeout(
      () => fail(`The service was not ready after ${startMsMax / 1_000} s. It said:`),
      startMsMax,
    )
    const onStop = () => fail('Stopped.')
    stop.addEventListener('abort', onStop, { once: true })
    child.once('error', (error) => fail(`The service cannot be started: ${error.message}`))
    child.once('close', (code) => fail(`The service ended with code ${code} before it was ready. It said:`))
    const keep = (line: string) => {
      if (said.length < linesKeptMax) said.push(line)
      const url = /^Tocsin is ready at (http:\/\/\S+)/.exec(line)?.[1]
      if (url === undefined) return
      settle()
      resolve(url)
    }
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', keep)
  })
}

/** Asks the service to end, and ends it when it does not listen. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax)
  await gone
  clearTimeout(timer)
}
