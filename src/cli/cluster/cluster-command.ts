import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { InvalidArgumentError } from 'commander'
import { type Cli, integerOption, type Program, singleOption } from '../command-line.ts'
import { builtProgram } from '../commands/serve.ts'
import { CommandError, type ExitCode, paint, type Shell } from '../shell.ts'
import { type ClusterPlace, closeClusterFolder } from './cluster-folder.ts'
import { type CommandMessage, nodesMax, type SupervisorMessage } from './cluster-plan.ts'
import { endDatabase } from './processes/cluster-database.ts'

const supervisorProgram = fileURLToPath(new URL('./supervisor-main.ts', import.meta.url))
const portUsual = 3_000
const nodesUsual = 3
const portMax = 65_535 - nodesMax - 1
const killedMsMax = 2_000

/** `tocsin cluster` */
export function clusterCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('cluster')
    .summary('try many machines, on this one: PostgreSQL, three nodes, a front')
    .description(
      'Starts a PostgreSQL, several nodes of the service and a balancing front on this machine, and prints how to use and how to break them. Shows what happens, and starts again what ends. Ctrl-C stops everything; a second Ctrl-C at once.',
    )
    .addOption(
      singleOption(
        '--port <number>',
        `the port of the front, ${portUsual} when absent, 0 for any free one. The nodes and the database take those after it`,
        portOf,
      ),
    )
    .addOption(integerOption('--nodes <number>', `how many nodes, ${nodesUsual} when absent`, nodesMax))
    .addOption(
      singleOption(
        '--data <folder>',
        'keep everything there between runs; when absent, a new folder that is deleted at the end',
      ),
    )
    .addHelpText(
      'after',
      `
Settings of the service that are in the environment (NEWSROOM, PROCESSES, LOG_LEVEL …) are passed on to the nodes, but
for those of addresses, folders and keys.

Examples:
  npm run cluster
  npm run cluster -- --nodes 5 --port 8080 --data ./cluster`,
    )
    .action(async (options) => done(await cluster(options, shell)))
}

type Options = { readonly port?: number; readonly nodes?: number; readonly data?: string }

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > portMax)
    throw new InvalidArgumentError(`It is a port from 1 to ${portMax}, or 0 for any free one.`)
  return port
}

async function cluster({ port = portUsual, nodes = nodesUsual, data }: Options, shell: Shell): Promise<ExitCode> {
  if (process.platform === 'win32') throw new CommandError('This command runs on Linux and macOS. On Windows use WSL.')
  if (!existsSync(builtProgram)) throw new CommandError('The service is not built. Run: npm run build')
  const folder =
    data === undefined
      ? { path: join(tmpdir(), `tocsin-cluster-${randomBytes(9).toString('base64url')}`), isKept: false }
      : { path: resolve(data), isKept: true }
  const child = spawn(process.execPath, [supervisorProgram], {
    // A process group of its own: a terminal's Ctrl-C reaches only this command, which then stops the cluster.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  tell(child, { plan: { port, nodes, folder } })
  return followed(child, folder, shell)
}

function tell(child: ChildProcess, message: CommandMessage): void {
  // It has ended when it cannot be told.
  if (child.connected) child.send(message, () => {})
}

/** Prints what the supervisor says, until it ends. */
async function followed(child: ChildProcess, folder: ClusterPlace, shell: Shell): Promise<ExitCode> {
  // A folder that is named may be in use by another cluster, until the supervisor says that it has opened it.
  let place = folder.isKept ? null : folder
  // What a callback sets: TypeScript would take it for null for ever.
  let failed = null as string | null
  const stop = () => {
    shell.print(
      'Stopping: the nodes send their readers away, then the database ends. Ctrl-C once more ends all at once.',
    )
    tell(child, 'stop')
  }
  child.on('message', (message: SupervisorMessage) => {
    if ('line' in message) shell.print(styledLine(message.line, shell))
    else if ('failed' in message) failed = message.failed
    else place = message.folder
  })
  if (shell.stop.aborted) stop()
  else shell.stop.addEventListener('abort', stop, { once: true })
  const { code, signal } = await endOf(child)
  shell.stop.removeEventListener('abort', stop)
  if (failed !== null) throw new CommandError(failed)
  if (code === 0) return 0
  await endLeftovers(child.pid, place)
  const how = signal ?? `exit code ${code}`
  throw new CommandError(`The supervisor of the cluster ended (${how}); so all of it was ended. Start it again.`)
}

type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** Resolves when a child process has ended and all that it has told is received. */
function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      const ended = () => resolve({ code, signal })
      if (child.connected) child.once('disconnect', ended)
      else ended()
    })
  })
}

/** Ends the processes of a cluster whose supervisor is gone: they are in its process group. */
async function endLeftovers(group: number | undefined, place: ClusterPlace | null): Promise<void> {
  if (group === undefined) return
  if (place !== null) await endDatabase(place.path)
  try {
    process.kill(-group, 'SIGKILL')
    // Until they have ended they may write into the folder.
    const latest = performance.now() + killedMsMax
    while (performance.now() < latest && process.kill(-group, 0)) await sleep(20)
  } catch {
    // None is left.
  }
  if (place !== null) closeClusterFolder(place)
}

/** Headings in bold; the lines to paste stay as they are. */
function styledLine(line: string, shell: Shell): string {
  if (/^(Use it|Break it|Ready after)/.test(line)) return paint(shell, 'bold', line)
  return /^\d\d:/.test(line) ? paint(shell, 'yellow', line) : line
}
