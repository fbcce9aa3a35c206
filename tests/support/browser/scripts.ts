import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { compileCache } from '../processes/compile-cache.ts'
import { runningInGroup } from '../processes/process-states.ts'
import { scratchFolder } from '../scratch.ts'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A checkout of its own: `npm start` builds the pages' scripts, which other tests are reading. */
export function checkoutIn(clean: (undo: () => unknown) => void): string {
  const home = scratchFolder(clean)
  for (const name of ['package.json', '.npmrc', 'tsconfig.json', 'wrangler.toml', 'src', 'public'])
    cpSync(join(root, name), join(home, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
  return home
}

/** The machine's own programs alone, as in a person's shell: npm must find the Node that the project brings. */
export const outside = (process.env.PATH ?? '')
  .split(':')
  .filter((folder) => !folder.includes('node_modules'))
  .join(':')

export type Script = {
  readonly child: ChildProcess
  /** What it said on standard error so far. */
  readonly error: () => string
  /** Resolves with what each pattern finds in its output, once all have. Throws with all that was said when it ends before. */
  readonly heard: (...patterns: readonly RegExp[]) => Promise<readonly string[]>
  /** Those of its processes that run. */
  readonly processes: () => readonly string[]
  /** Sends a signal to npm alone, or to all of its group as a terminal does, and waits for npm's end. */
  readonly end: (signal: NodeJS.Signals, whom: 'npm' | 'group') => Promise<void>
}

/** Runs a script as a person does: by npm, with a shell of the system, on the machine's own Node. */
export function startScript(
  home: string,
  command: string,
  { shell, env }: { readonly shell: string; readonly env: Readonly<Record<string, string>> },
  clean: (undo: () => unknown) => void,
): Script {
  // `exec`, so that a signal goes to npm and not to a shell of ours.
  const child = spawn('sh', ['-c', `exec ${command}`], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that nothing of it outlives the test.
    detached: true,
    env: {
      PATH: outside,
      ...compileCache,
      HOME: home,
      npm_config_script_shell: shell,
      npm_config_offline: 'true',
      ...env,
    },
  })
  const group = child.pid ?? Number.NaN
  clean(() => {
    try {
      process.kill(-group, 'SIGKILL')
    } catch {
      // Nothing of it is left.
    }
  })
  const said: string[] = []
  let err = ''
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => said.push(line))
  const closed = once(lines, 'close')
  return {
    child,
    error: () => err,
    heard: (...patterns) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = patterns.map((pattern) => said.map((line) => pattern.exec(line)?.[1]).find(Boolean))
          if (found.every((it) => it !== undefined)) resolve(found)
        }
        lines.on('line', look)
        look()
        void closed.then(() => reject(new Error(`it ended: ${[...said, err].join('\n')}`)))
      }),
    processes: () => runningInGroup(group),
    async end(signal, whom) {
      const ended = once(child, 'exit')
      process.kill(whom === 'npm' ? group : -group, signal)
      await ended
    },
  }
}
