import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Cli, type Program, singleOption } from '../command-line.ts'
import type { ExitCode, Shell } from '../shell.ts'

/** The service's own program: it is started, never imported, so that the CLI uses the public surface only. */
export const serviceProgram = fileURLToPath(new URL('../../node/main.ts', import.meta.url))
/** The same after `npm run build`. */
export const builtProgram = fileURLToPath(new URL('../../../dist/node/main.js', import.meta.url))
/** The programs of npm run build. An installed copy may have been built before and lack them. */
const buildPrograms = ['../../web/build.ts', '../../node/build.ts']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .filter((path) => existsSync(path))

/**
 * As `npm start` in package.json: no early collection of the whole heap, a small young generation of each thread's
 * heap, and few arenas of malloc.
 */
export const serviceFlags = ['--initial-old-space-size=80', '--max-semi-space-size=1']

const flagOf: Readonly<Record<string, string>> = { PORT: '--port', HOST: '--host', DATA_DIR: '--data' }

/** `tocsin serve` */
export function serveCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('serve')
    .summary('run the service on this machine')
    .description('Runs the service on this machine until Ctrl-C, as npm start does.')
    .addOption(singleOption('--port <number>', 'the port (or PORT), 3000 when absent'))
    .addOption(singleOption('--host <address>', 'the address to listen on (or HOST), 127.0.0.1 when absent'))
    .addOption(singleOption('--data <folder>', 'the folder for the log and the keys (or DATA_DIR), ./data when absent'))
    .addHelpText(
      'after',
      `
An option wins over the environment. Everything else is set there: docs/operating.md lists it. On its first start the
service makes its keys, and prints the first admin's key once. If that is lost:
ADMIN_KEY=<a new key of at least 20 characters> npx tocsin serve makes it an admin's.

Example:
  npx tocsin serve --port 8080 --data /var/lib/tocsin`,
    )
    .action(async (options) => done(await serve(options, shell)))
}

type Options = { readonly port?: string; readonly host?: string; readonly data?: string }

async function serve({ port, host, data }: Options, shell: Shell): Promise<ExitCode> {
  const given = { PORT: port, HOST: host, DATA_DIR: data }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  for (const [name, value] of Object.entries(set)) {
    const other = shell.env[name]
    if (other !== undefined && other !== '' && other !== value)
      shell.warn(`Note: ${flagOf[name]} ${value} is taken; the environment says ${name}=${other}.`)
  }
  for (const program of buildPrograms) if ((await runProgram(program, shell.env, shell)) !== 0) return 1
  return runProgram(builtProgram, { MALLOC_ARENA_MAX: '2', ...shell.env, ...set }, shell, serviceFlags)
}

/** Runs a program until it ends or is stopped. After a stop nothing is started any more. */
export function runProgram(
  file: string,
  env: Shell['env'],
  { stop }: Pick<Shell, 'stop'>,
  nodeFlags: readonly string[] = [],
  args: readonly string[] = [],
): Promise<ExitCode> {
  if (stop.aborted) return Promise.resolve(1)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeFlags, file, ...args], { stdio: 'inherit', env })
    // A terminal's Ctrl-C may reach the child twice: it ignores a second signal that follows the first at once.
    const end = () => child.kill('SIGTERM')
    stop.addEventListener('abort', end, { once: true })
    child.on('error', reject)
    child.on('exit', (code) => {
      stop.removeEventListener('abort', end)
      resolve(code === 0 ? 0 : code === 2 ? 2 : 1)
    })
  })
}
