import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { builtProgram, serviceFlags } from '../../commands/serve.ts'
import type { ClusterSecrets } from '../cluster-folder.ts'
import type { ClusterPorts } from '../cluster-plan.ts'

/** What the operator has set for another service must not reach the nodes of a cluster. */
const notOurs = ['LISTEN_DATABASE_URL', 'METRICS_KEY', 'VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY']
/** Short, because a trial is stopped often. */
const drainSecondsUsual = '2'

type Environment = Readonly<Record<string, string | undefined>>

/** What all nodes of a cluster have in common. */
export type NodeSettings = {
  readonly folder: string
  readonly secrets: ClusterSecrets
  readonly ports: ClusterPorts
  readonly databaseUrl: string
  readonly env: Environment
}

/** Starts a node, the service as `npm start` runs it. It says `Tocsin is ready` on its standard output. `number`: from 1. */
export function launchNode(settings: NodeSettings, number: number): ChildProcess {
  const dataDir = join(settings.folder, `node${number}`)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return spawn(process.execPath, [...serviceFlags, builtProgram], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...nodeEnvironment(settings), DATA_DIR: dataDir, PORT: String(settings.ports.nodes[number - 1]) },
  })
}

function nodeEnvironment({ secrets, ports, databaseUrl, env }: NodeSettings): Environment {
  const others = Object.fromEntries(Object.entries(env).filter(([name]) => !notOurs.includes(name)))
  return {
    MALLOC_ARENA_MAX: '2',
    DRAIN_SECONDS: drainSecondsUsual,
    ...others,
    HOST: '127.0.0.1',
    PUBLIC_URL: frontUrl(ports),
    TRUST_PROXY: '1',
    DATABASE_URL: databaseUrl,
    ADMIN_KEY: secrets.adminKey,
    PUSH_SECRET: secrets.pushSecret,
    VAPID_PUBLIC_KEY: secrets.vapidPublicKey,
    VAPID_PRIVATE_KEY: secrets.vapidPrivateKey,
  }
}

/** The address of a cluster for readers and editors. */
export function frontUrl({ front }: ClusterPorts): string {
  return `http://localhost:${front}`
}

/** How many connections to the database the nodes may have together; docs/operating.md has the rule. */
export function connectionsOf(nodes: number, { PROCESSES, PUSH_THREADS }: Environment, cores: number): number {
  const processes = wholeNumber(PROCESSES) ?? 1
  const threads = wholeNumber(PUSH_THREADS) ?? Math.max(1, cores - 1)
  return nodes * (16 * processes + 4 * threads + 1) + connectionsOfOthers
}

/** Of the person who looks into the database, and those that PostgreSQL keeps for its superuser. */
const connectionsOfOthers = 20

function wholeNumber(text = ''): number | null {
  return /^[1-9]\d{0,2}$/.test(text) ? Number(text) : null
}
