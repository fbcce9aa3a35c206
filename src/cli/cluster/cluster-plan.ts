import { createServer } from 'node:net'
import { CommandError } from '../shell.ts'
import type { ClusterPlace } from './cluster-folder.ts'

/** What a cluster is started with. */
export type ClusterPlan = {
  /** The port of the front; 0: a free one. */
  readonly port: number
  readonly nodes: number
  /** By an absolute path. One that is not kept does not exist yet. */
  readonly folder: ClusterPlace
}

/** The ports of a cluster: those that follow the front's are the nodes' in their order, and then the database's. */
export type ClusterPorts = { readonly front: number; readonly nodes: readonly number[]; readonly database: number }

/** What the command tells the supervisor. */
export type CommandMessage = { readonly plan: ClusterPlan } | 'stop'
/** What the supervisor tells the command. `folder`: it has opened it; `failed`: why it ends. */
export type SupervisorMessage =
  | { readonly line: string }
  | { readonly folder: ClusterPlace }
  | { readonly failed: string }

export const nodesMax = 9
const host = '127.0.0.1'
/** Below the ports that Linux gives to outgoing connections (32768 to 60999), which come and go. */
const anyPorts = { from: 20_000, to: 32_000 } as const
const triesMax = 100

/** The ports, all of them free now. Throws a CommandError that names those that are in use. */
export async function choosePorts({ port, nodes }: Pick<ClusterPlan, 'port' | 'nodes'>): Promise<ClusterPorts> {
  if (port === 0) return anyFreePorts(nodes)
  const ports = portsFrom(port, nodes)
  const taken = await takenOf(ports)
  if (taken.length === 0) return ports
  throw new CommandError(
    `In use: ${taken.join(', ')}. The cluster takes the ports ${port} to ${ports.database}. ` +
      `Choose other ones by the first: npm run cluster -- --port ${port + 1_000 <= 65_000 ? port + 1_000 : 4_000}`,
  )
}

async function anyFreePorts(nodes: number): Promise<ClusterPorts> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const first = anyPorts.from + Math.floor(Math.random() * (anyPorts.to - anyPorts.from))
    const ports = portsFrom(first, nodes)
    if ((await takenOf(ports)).length === 0) return ports
  }
  throw new CommandError(`No ${nodes + 2} free ports in a row were found. Name the first with --port.`)
}

function portsFrom(front: number, nodes: number): ClusterPorts {
  return { front, nodes: Array.from({ length: nodes }, (_, at) => front + 1 + at), database: front + nodes + 1 }
}

/** What is in use, as `port 3001 (node 1)`. */
async function takenOf({ front, nodes, database }: ClusterPorts): Promise<readonly string[]> {
  const named: readonly (readonly [number, string])[] = [
    [front, 'the front'],
    ...nodes.map((port, at) => [port, `node ${at + 1}`] as const),
    [database, 'the database'],
  ]
  const taken = await Promise.all(
    named.map(async ([port, name]) => {
      const code = (await whyNot(port, host)) ?? (port === front ? await whyNotLocalhost6(port) : null)
      return code === null ? null : `port ${port} (${name}${code === 'EADDRINUSE' ? '' : `: ${code}`})`
    }),
  )
  return taken.filter((it) => it !== null)
}

/** The same for the other address of `localhost`, which browsers try first: another program there would get our readers. */
async function whyNotLocalhost6(port: number): Promise<string | null> {
  const code = await whyNot(port, '::1')
  return code === 'EADDRINUSE' ? code : null
}

/** Why a port cannot be listened on, as a code of Node; null: it can. */
function whyNot(port: number, address: string): Promise<string | null> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    server.listen({ host: address, port }, () => server.close(() => resolve(null)))
  })
}
