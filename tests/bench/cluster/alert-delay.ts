import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { createDatabase } from '../../support/postgres/template-database.ts'
import { publish, type Running, startNode } from '../../support/processes/service.ts'
import { Readers, roundMs, texts } from '../clients/readers.ts'
import { clockMicroseconds } from '../common/words.ts'

const groups = 3

export type DelayOrder = { readonly sockets: number; readonly alerts: number }

/** From the request to publish until the last socket has the alert, in milliseconds. */
export type Delays = { readonly median: number; readonly p99: number }

/** The same sockets on three nodes on PostgreSQL, and on one on SQLite. The two take turns, so that both meet the same machine. */
export async function measureDelays(
  server: PostgresServer,
  { sockets, alerts }: DelayOrder,
): Promise<{ readonly cluster: Delays; readonly sqlite: Delays }> {
  const name = `delays_${Date.now()}`
  await createDatabase(server.url('postgres'), name)
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
  const nodes: Running[] = []
  const readers: Readers[] = []
  try {
    const start = async (kind: string, env: Readonly<Record<string, string>> = {}) => {
      const dataDir = join(folder, `${kind}-${nodes.length}`)
      mkdirSync(dataDir)
      // Nodes of one database have the same keys.
      if (kind === 'cluster' && nodes.length > 0)
        for (const file of ['push-secret', 'vapid.json'])
          copyFileSync(join(folder, 'cluster-0', file), join(dataDir, file))
      const node = await startNode(dataDir, env)
      nodes.push(node)
      return node
    }
    const connect = async (urls: readonly Running[]) => {
      const mine = urls.map((node) => new Readers(node, null))
      readers.push(...mine)
      for (const each of mine) await each.connect(Math.ceil(sockets / groups))
      return mine
    }
    const first = await start('cluster', { DATABASE_URL: server.url(name) })
    const cluster = [first]
    for (let nth = 1; nth < groups; nth += 1) cluster.push(await start('cluster', { DATABASE_URL: server.url(name) }))
    const single = await start('sqlite')
    const onCluster = await connect(cluster)
    const onSqlite = await connect([single, single, single])
    const delays: { readonly cluster: number[]; readonly sqlite: number[] } = { cluster: [], sqlite: [] }
    for (let nth = -warmUps; nth < alerts; nth += 1) {
      const inCluster = await delayOf(first, onCluster)
      const inSqlite = await delayOf(single, onSqlite)
      if (nth < 0) continue
      delays.cluster.push(inCluster)
      delays.sqlite.push(inSqlite)
    }
    return { cluster: summaryOf(delays.cluster), sqlite: summaryOf(delays.sqlite) }
  } finally {
    await Promise.all(readers.map((each) => each.end()))
    await Promise.all(nodes.map((node) => node.end('SIGTERM')))
    rmSync(folder, { recursive: true, force: true })
  }
}

const warmUps = 5

async function delayOf({ url }: Running, readers: readonly Readers[]): Promise<number> {
  await sleep(roundMs)
  const heard = await Promise.all(readers.map((each) => each.listen()))
  const beganAt = clockMicroseconds()
  await publish(url, { level: 'routine', texts })
  const lastAt = await Promise.all(heard.map((each) => each.lastAt))
  return (Math.max(...lastAt) - beganAt) / 1_000
}

function summaryOf(delays: readonly number[]): Delays {
  const sorted = delays.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { median: at(0.5), p99: at(0.99) }
}
