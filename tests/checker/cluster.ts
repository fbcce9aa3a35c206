import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startFront } from '../support/processes/balancing-front.ts'
import { keyFiles, onDatabase } from '../support/processes/postgres-nodes.ts'
import { childrenOf, gone, whole } from '../support/processes/process-states.ts'
import { freePort, type Running, startNode } from '../support/processes/service.ts'
import { scratchFolder } from '../support/scratch.ts'

type Clean = (undo: () => unknown) => void

/** Not what is built of it: there the crashes would find other classes than those that they have changed. */
const sourceProgram = fileURLToPath(new URL('../../src/node/main.ts', import.meta.url))
const crashes = ['crash-between', 'append-faults'].map((name) =>
  fileURLToPath(new URL(`./${name}.ts`, import.meta.url)),
)

/** The processes of each node. One has two, which share one connection that listens. */
const processes = [1, 1, 2] as const

/** A node that can be started again, on the same port and the same folder. */
export class ClusterNode {
  readonly url: string
  /** See `crash-between.ts` (`deliver`) and `append-faults.ts`. */
  readonly armFiles: { readonly deliver: string; readonly commit: string; readonly lock: string }
  readonly processes: number
  readonly #folder: string
  readonly #env: Readonly<Record<string, string>>
  #running: Running | null = null
  #said = ''

  constructor(folder: string, port: string, processCount: number, env: Readonly<Record<string, string>>) {
    this.url = `http://127.0.0.1:${port}`
    this.processes = processCount
    const armFile = (name: string) => join(folder, `armed-${name}`)
    this.armFiles = { deliver: armFile('deliver'), commit: armFile('commit'), lock: armFile('lock') }
    this.#folder = folder
    this.#env = {
      ...{ PORT: port, HOST: '127.0.0.1', PROCESSES: `${processCount}`, DRAIN_SECONDS: '1', LOG_LEVEL: 'warn' },
      ARM_FILE: this.armFiles.deliver,
      ...{ COMMIT_ARM_FILE: this.armFiles.commit, LOCK_ARM_FILE: this.armFiles.lock },
      NODE_OPTIONS: crashes.map((file) => `--import ${file}`).join(' '),
      ...env,
    }
  }

  async start(): Promise<void> {
    this.#running = await startNode(this.#folder, this.#env, sourceProgram)
  }

  /** What it has printed since the first start. */
  get said(): string {
    return this.#said + (this.#running?.error() ?? '')
  }

  get pid(): number {
    const { pid } = this.#now.child
    if (pid === undefined) throw new Error('the node has no process')
    return pid
  }

  /** Those that serve: its children, or itself. */
  get servingPids(): readonly number[] {
    return this.processes === 1 ? [this.pid] : childrenOf(this.#now)
  }

  /** Ends it, with all its processes. Gives the exit code; null: by the signal. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const running = this.#running
    if (running === null) return null
    const pids = this.processes === 1 ? [] : childrenOf(running)
    const code = await running.end(signal)
    for (const pid of pids) await gone(pid)
    this.#said += running.error()
    this.#running = null
    return code
  }

  /** Waits until all its processes answer, and it says that it is ready. */
  async ready(): Promise<void> {
    if (this.#running === null || this.#running.child.exitCode !== null || this.#running.child.signalCode !== null)
      throw new Error(`the node has ended:\n${this.said}`)
    await whole(this.url, this.processes)
  }

  get #now(): Running {
    if (this.#running === null) throw new Error('the node is not running')
    return this.#running
  }
}

/** Three nodes on one database, with a front before them. `env`: of the node with this number. */
export async function startCluster(
  clean: Clean,
  databaseUrl: string,
  env: (nth: number) => Readonly<Record<string, string>>,
) {
  const folder = scratchFolder(clean)
  const nodes: ClusterNode[] = []
  for (const [nth, processCount] of processes.entries()) {
    const dataDir = join(folder, `node-${nth}`)
    mkdirSync(dataDir)
    if (nth > 0) for (const name of keyFiles) cpSync(join(folder, 'node-0', name), join(dataDir, name))
    const node = new ClusterNode(dataDir, await freePort(), processCount, { ...onDatabase(databaseUrl), ...env(nth) })
    clean(() => node.end('SIGKILL'))
    await node.start()
    nodes.push(node)
  }
  const front = await startFront(nodes.map(({ url }) => url))
  clean(() => front.close())
  return { nodes, front }
}
