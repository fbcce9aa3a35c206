// The front of a cluster as a process of its own. Its argument is a FrontPlan as JSON; it ends with its parent process.
import type { Server } from 'node:http'
import { createFront } from './front.ts'
import { NodePool, type NodeState, type PoolNode } from './node-pool.ts'

/** What the front is started with. */
export type FrontPlan = { readonly port: number; readonly nodes: readonly PoolNode[] }
/** What it tells its parent process: each change of a node's state. */
export type FrontMessage = { readonly node: NodeState }

const host = '127.0.0.1'
const plan = JSON.parse(process.argv[2] ?? '') as FrontPlan
const pool = new NodePool(plan.nodes, (node) => tell({ node }))

process.on('disconnect', () => process.exit(0))
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
await pool.open()
const server = createFront(pool)
process.on('SIGTERM', () => end(server))
server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
server.listen({ host, port: plan.port }, () => process.stdout.write('The front is ready.\n'))

function tell(message: FrontMessage): void {
  if (process.connected) process.send?.(message)
}

function end(open: Server): void {
  open.close()
  open.closeAllConnections()
  // Connections of WebSockets are no longer the server's: they end with the process.
  process.exit(0)
}
