import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import pg from 'pg'
import type { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { createDatabase } from '../../support/postgres/template-database.ts'
import { median } from '../common/summary.ts'
import type { AppendDelays, AppendTurn, AppendWay, AppendWorkerData, DelayTurn } from './append-worker.ts'

const connections = 4
const delayAppends = 1_000

/** Appends a second by the log and by the bare transaction, and their ratio. Each is the median of some turns. */
export type AppendRates = {
  readonly nodes: number
  readonly log: number
  readonly bare: number
  readonly ratio: number
  /** One append after the other by one node, in milliseconds. */
  readonly delays: Readonly<Record<AppendWay, { readonly median: number; readonly p99: number }>>
}

/** Measures appends by some nodes at once. The log and the bare transaction take turns, so that both meet the same machine. */
export async function measureAppends(
  server: PostgresServer,
  { nodes, rounds, seconds }: { readonly nodes: number; readonly rounds: number; readonly seconds: number },
): Promise<AppendRates> {
  const name = `appends_${nodes}_${Date.now()}`
  await createDatabase(server.url('postgres'), name)
  const url = server.url(name)
  await makeBareTables(url)
  const workers = await Promise.all(Array.from({ length: nodes }, (_, nth) => startWorker(url, `n${nth}`)))
  const turn = async (way: AppendWay, length: number) => {
    const counts = workers.map(async (worker) => {
      const answer = once(worker, 'message')
      worker.postMessage({ way, seconds: length } satisfies AppendTurn)
      return Number((await answer)[0])
    })
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0) / length
  }
  const rates: Record<AppendWay, number[]> = { log: [], bare: [] }
  for (const way of ['log', 'bare'] as const) await turn(way, 1)
  for (let round = 0; round < rounds; round += 1)
    for (const way of ['log', 'bare'] as const) rates[way].push(await turn(way, seconds))
  const delays = await delaysOf(workers[0])
  for (const worker of workers) worker.postMessage('stop')
  await Promise.all(workers.map((worker) => once(worker, 'exit')))
  const [log, bare] = [median(rates.log), median(rates.bare)]
  return { nodes, log, bare, ratio: log / bare, delays: { log: shares(delays.log), bare: shares(delays.bare) } }
}

async function delaysOf(worker: Worker | undefined): Promise<AppendDelays> {
  if (worker === undefined) throw new Error('there is no node')
  const answer = once(worker, 'message')
  worker.postMessage({ appends: delayAppends } satisfies DelayTurn)
  return (await answer)[0] as AppendDelays
}

function shares(delays: readonly number[]) {
  const sorted = delays.toSorted((a, b) => a - b)
  return { median: median(sorted), p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN }
}

async function startWorker(url: string, name: string): Promise<Worker> {
  const workerData: AppendWorkerData = { url, name, connections }
  const worker = new Worker(new URL('./append-worker.ts', import.meta.url), { workerData })
  await once(worker, 'message')
  return worker
}

async function makeBareTables(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create table bare_head (head bigint not null) with (fillfactor = 20);
    insert into bare_head (head) values (0);
    create table bare_entries (seq bigint primary key, key text not null unique, alert json not null)`)
  await client.end()
}
