import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../shell.ts'
import { type ClusterFolder, closeClusterFolder, openClusterFolder } from './cluster-folder.ts'
import { type ClusterPlan, type ClusterPorts, choosePorts, type SupervisorMessage } from './cluster-plan.ts'
import type { FrontMessage, FrontPlan } from './front/front-main.ts'
import { breakageLines, quoted, usageLines } from './instructions.ts'
import { NodeReports } from './node-reports.ts'
import {
  type Database,
  databaseUrl,
  installedBin,
  isDatabaseAnswering,
  launchDatabase,
  openDatabase,
  unfreezeDatabase,
} from './processes/cluster-database.ts'
import { connectionsOf, frontUrl, launchNode } from './processes/node-process.ts'
import { SupervisedProcess } from './processes/supervised-process.ts'

const programOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const frontProgram = programOf('./front/front-main.ts')
const sqlProgram = programOf('./sql-main.ts')

const stopMs = { node: 15_000, front: 2_000, database: 10_000 } as const
const askDatabaseMs = 1_000

/** Starts the database, the nodes and the front of a cluster, starts again what ends, and tells what happens. */
export class Supervisor {
  readonly #tell: (message: SupervisorMessage) => void
  readonly #stopping = new AbortController()
  #starting: Promise<void> = Promise.resolve()
  #folder: ClusterFolder | null = null
  #database: { readonly files: Database; readonly process: SupervisedProcess } | null = null
  #nodes: readonly SupervisedProcess[] = []
  #front: SupervisedProcess | null = null
  #reports: NodeReports | null = null

  constructor(tell: (message: SupervisorMessage) => void) {
    this.#tell = tell
  }

  /** Resolves when everything is ready and told. Throws a CommandError with a sentence when something does not start. */
  async start(plan: ClusterPlan): Promise<void> {
    const starting = this.#start(plan)
    this.#starting = starting.catch(() => {})
    return starting
  }

  async #start(plan: ClusterPlan): Promise<void> {
    const startedAt = performance.now()
    const installed = await installedBin()
    const ports = await choosePorts(plan)
    // After each wait: once it stops, neither a folder nor a process may come into being.
    this.#stopping.signal.throwIfAborted()
    const folder = openClusterFolder(plan.folder)
    this.#folder = folder
    this.#tell({ folder: { path: folder.path, isKept: folder.isKept } })
    this.#say(
      folder.isKept
        ? `Everything is kept in ${folder.path}`
        : `Everything is in ${folder.path}, which is deleted at the end. To keep it: --data <folder>`,
    )
    await this.#startDatabase(folder, ports, installed)
    await this.#startNodes(folder, ports)
    await this.#startFront(folder, ports)
    this.#stopping.signal.throwIfAborted()
    const took = ((performance.now() - startedAt) / 1_000).toFixed(1)
    this.#say(`Ready after ${took} s: ${frontUrl(ports)}`)
    const cluster = { path: folder.path, ports, secrets: folder.secrets }
    for (const line of ['', ...usageLines(cluster), '', ...breakageLines(cluster), '', 'Ctrl-C stops everything.', ''])
      this.#say(line)
  }

  /** Stops everything in order: the nodes drain, then the front and the database end. A start that is under way ends too. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#reports?.close()
    // Nodes that wait for a frozen database would not end.
    if (this.#database !== null) unfreezeDatabase(this.#database.files.folder)
    await Promise.all(this.#nodes.map((node) => node.stop('SIGTERM', stopMs.node)))
    await this.#front?.stop('SIGTERM', stopMs.front)
    await this.#database?.process.stop('SIGINT', stopMs.database)
    // Only then does nothing write into the folder any more.
    await this.#starting
    if (this.#folder === null) return
    closeClusterFolder(this.#folder)
    this.#say(`Stopped. ${this.#folder.path} is ${this.#folder.isKept ? 'kept' : 'deleted'}.`)
  }

  /** While `stop` waits: ends all processes at once. */
  abandon(): void {
    for (const each of [...this.#nodes, this.#front]) void each?.stop('SIGKILL', 0)
    // SIGQUIT ends it as in a crash, and it still removes its shared memory.
    void this.#database?.process.stop('SIGQUIT', stopMs.front)
  }

  async #startDatabase({ path, secrets }: ClusterFolder, ports: ClusterPorts, installed: string): Promise<void> {
    const making = () => this.#say('PostgreSQL: making a new database, which takes some seconds …')
    const where = { clusterFolder: path, installed, password: secrets.databasePassword }
    const files = await openDatabase(where, { making, stop: this.#stopping.signal })
    this.#stopping.signal.throwIfAborted()
    const url = databaseUrl(secrets.databasePassword, ports.database)
    writeFileSync(join(path, 'database-url'), `${url}\n`, { mode: 0o600 })
    writeFileSync(join(path, 'sql'), sqlScript(path), { mode: 0o700 })
    const connections = connectionsOf(ports.nodes.length, process.env, availableParallelism())
    const database = new SupervisedProcess(
      {
        name: 'The database',
        fileName: 'postgres',
        consequence: 'Readers stay connected; publishing gets 503.',
        launch: () => launchDatabase(files, ports.database, connections),
        isReadyLine: (line) => line.includes('database system is ready to accept connections'),
      },
      path,
      this.#report,
    )
    this.#database = { files, process: database }
    await started('PostgreSQL', database)
    this.#say(`PostgreSQL: ready on port ${ports.database}`)
    void this.#watchDatabase(ports.database)
  }

  async #startNodes({ path, secrets }: ClusterFolder, ports: ClusterPorts): Promise<void> {
    this.#stopping.signal.throwIfAborted()
    const url = databaseUrl(secrets.databasePassword, ports.database)
    const settings = { folder: path, secrets, ports, databaseUrl: url, env: process.env }
    this.#nodes = ports.nodes.map(
      (_, at) =>
        new SupervisedProcess(
          {
            name: `Node ${at + 1}`,
            fileName: `node${at + 1}`,
            consequence: 'Its readers go to the other nodes.',
            launch: () => launchNode(settings, at + 1),
            isReadyLine: (line) => line.startsWith('Tocsin is ready'),
          },
          path,
          this.#report,
        ),
    )
    await Promise.all(
      this.#nodes.map(async (node, at) => {
        await started(`Node ${at + 1}`, node)
        this.#say(`Node ${at + 1}: ready on port ${ports.nodes[at]}`)
      }),
    )
  }

  async #startFront({ path }: ClusterFolder, ports: ClusterPorts): Promise<void> {
    this.#stopping.signal.throwIfAborted()
    const reports = new NodeReports((number) => this.#nodes[number - 1]?.isReady !== true, this.#report)
    this.#reports = reports
    const plan: FrontPlan = { port: ports.front, nodes: ports.nodes.map((port, at) => ({ number: at + 1, port })) }
    const launch = () => {
      const child = spawn(process.execPath, [frontProgram, JSON.stringify(plan)], {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      })
      child.on('message', ({ node }: FrontMessage) => reports.changed(node))
      return child
    }
    this.#front = new SupervisedProcess(
      {
        name: 'The front',
        fileName: 'front',
        consequence: 'All connections through it end.',
        launch,
        isReadyLine: (line) => line === 'The front is ready.',
      },
      path,
      this.#report,
    )
    await started('The front', this.#front)
  }

  /** Tells when the database runs but does not answer, which is when it is frozen or overloaded. */
  async #watchDatabase(port: number): Promise<void> {
    let wasAnswering = true
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, askDatabaseMs))
      if (this.#stopping.signal.aborted) return
      const isAnswering = await isDatabaseAnswering(port)
      // What has ended is told already.
      if (this.#database?.process.isReady !== true) wasAnswering = true
      else if (isAnswering !== wasAnswering) {
        wasAnswering = isAnswering
        this.#report(
          isAnswering
            ? 'The database answers again.'
            : 'The database does not answer. Readers stay connected; publishing gets 503.',
        )
      }
    }
  }

  /** An event, with its time. */
  readonly #report = (line: string): void => {
    if (this.#stopping.signal.aborted) return
    this.#say(`${new Date().toTimeString().slice(0, 8)}  ${line}`)
  }

  #say(line: string): void {
    this.#tell({ line })
  }
}

/** Throws a CommandError when a process does not start. */
async function started(name: string, process: SupervisedProcess): Promise<void> {
  try {
    await process.start()
  } catch (error) {
    throw new CommandError(`${name} did not start: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A program that runs one statement in the database, for those who have no `psql`. */
function sqlScript(path: string): string {
  return `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(sqlProgram)} ${quoted(path)} "$@"\n`
}
