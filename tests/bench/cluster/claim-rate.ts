import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import pg from 'pg'
import { PostgresOutbox } from '../../../src/store/postgres/outbox/postgres-outbox.ts'
import { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import type { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { generateSubscriptions } from '../../support/postgres/push-stores.ts'
import { createDatabase } from '../../support/postgres/template-database.ts'
import { makeAlert, makeEntry, newId } from '../../support/push/push-deps.ts'
import type { ClaimTurn, ClaimWorkerData } from './claim-worker.ts'

const connections = 4
/** More than any run takes. */
const limitMs = 600_000

export type ClaimOrder = { readonly subscriptions: number; readonly nodes: number; readonly limit: number }

/** What an alert's work costs the database. Sizes in bytes. */
export type ClaimFigures = {
  readonly openMs: number
  /** Pushes a second that all nodes claim and settle: in quiet, and while another transaction is held open. */
  readonly quiet: number
  readonly held: number
  /** Obsolete row versions that the held transaction kept when everything was settled, relative to the subscriptions. */
  readonly deadShare: number
  readonly tableBytes: number
  readonly indexes: readonly { readonly name: string; readonly bytes: number }[]
}

/** Claims the work of two alerts to generated subscriptions, by some nodes at once. */
export async function measureClaims(server: PostgresServer, order: ClaimOrder): Promise<ClaimFigures> {
  const name = `claims_${Date.now()}`
  await createDatabase(server.url('postgres'), name)
  const url = server.url(name)
  const database = new PostgresDatabase({ url, applicationName: 'bench', connectionsMax: 2, limitMs })
  await generateSubscriptions(database, order.subscriptions)
  // Otherwise the first to read a row writes to its page that the row's transaction has ended, which happens once in a row's life.
  await database.once('vacuum')
  await database.once('checkpoint')
  const workers = await Promise.all(Array.from({ length: order.nodes }, (_, nth) => startWorker(url, `n${nth}`)))
  const openMs = await open(database, 1)
  const quiet = await turn(workers, order)
  await open(database, 2)
  const before = await obsoleteIn(database)
  const release = await holdTransaction(url)
  const held = await turn(workers, order)
  // A connection publishes its statistics when it ends.
  for (const worker of workers) worker.postMessage('stop')
  await Promise.all(workers.map((worker) => once(worker, 'exit')))
  const deadShare = ((await obsoleteIn(database)) - before) / order.subscriptions
  await release()
  const sizes = await sizesIn(database)
  await database.close()
  return { openMs, quiet, held, deadShare, ...sizes }
}

async function open(database: PostgresDatabase, seq: number): Promise<number> {
  const pauses = { current: async () => null }
  const deps = { database, addressEncryption: { decrypt: never }, pauses, now: Date.now, newId, report: never }
  const began = performance.now()
  await new PostgresOutbox(deps).open(makeEntry(seq, makeAlert(Date.now())))
  return performance.now() - began
}

function never(): never {
  throw new Error('opening an alert neither decrypts nor reports')
}

async function turn(workers: readonly Worker[], { limit, subscriptions }: ClaimOrder) {
  const began = performance.now()
  const counts = workers.map(async (worker) => {
    const answer = once(worker, 'message')
    worker.postMessage({ limit } satisfies ClaimTurn)
    return Number((await answer)[0])
  })
  const pushes = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
  if (pushes !== subscriptions) throw new Error(`${pushes} of ${subscriptions} pushes were claimed`)
  return pushes / ((performance.now() - began) / 1_000)
}

async function startWorker(url: string, name: string): Promise<Worker> {
  const workerData: ClaimWorkerData = { url, name, connections }
  const worker = new Worker(new URL('./claim-worker.ts', import.meta.url), { workerData })
  await once(worker, 'message')
  return worker
}

/** Keeps every row version that exists or is made, until the returned function is called. */
async function holdTransaction(url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin isolation level repeatable read')
  await client.query('select count(*) from tocsin.interests')
  return () => client.end()
}

const obsolete = `select sum(n_tup_upd + n_tup_del)::bigint as obsolete from pg_stat_user_tables
  where schemaname = 'tocsin'`

async function obsoleteIn(database: PostgresDatabase): Promise<number> {
  const [row] = await database.all<{ obsolete: number }>(obsolete)
  return row?.obsolete ?? Number.NaN
}

const tableSize = `select pg_relation_size('tocsin.subscriptions') as bytes`
const indexSizes = `select indexrelname as name, pg_relation_size(indexrelid) as bytes from pg_stat_user_indexes
  where schemaname = 'tocsin' and pg_relation_size(indexrelid) > 1048576 order by bytes desc`

async function sizesIn(database: PostgresDatabase) {
  const [table] = await database.all<{ bytes: number }>(tableSize)
  const indexes = await database.all<{ name: string; bytes: number }>(indexSizes)
  return { tableBytes: table?.bytes ?? Number.NaN, indexes }
}
