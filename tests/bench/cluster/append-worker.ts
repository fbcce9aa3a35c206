import { parentPort, workerData } from 'node:worker_threads'
import pg from 'pg'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { newAlert } from '../../support/samples.ts'

// A node that appends as fast as it can, by its own connections: to the log, or by the least that keeps a sequence without gaps.

/** What is appended by: the log, or the bare transaction. */
export type AppendWay = 'log' | 'bare'
export type AppendWorkerData = { readonly url: string; readonly name: string; readonly connections: number }
export type AppendTurn = { readonly way: AppendWay; readonly seconds: number }
/** Appends one after the other by each way in turn, so many times, in place of a turn. */
export type DelayTurn = { readonly appends: number }
/** How long each append took, in milliseconds. */
export type AppendDelays = Readonly<Record<AppendWay, readonly number[]>>

const { url, name, connections } = workerData as AppendWorkerData
const database = new PostgresDatabase({ url, applicationName: name, connectionsMax: connections, limitMs: 30_000 })
const log = await PostgresLog.open(database, () => 'epoch')
const pool = new pg.Pool({ connectionString: url, max: connections, pipeline: true })
let made = 0

const append = {
  log: async (id: string) => void (await log.append(newAlert(id, { topics: ['iran'] }), id)),
  /** One locked row is advanced, its number returned, and a row of that number inserted: two statements, two round trips. */
  bare: async (id: string) => {
    const client = await pool.connect()
    const begun = client.query('begin')
    const { rows } = await client.query<{ head: string }>('update bare_head set head = head + 1 returning head')
    const alert = JSON.stringify(newAlert(id, { topics: ['iran'] }))
    const values = [rows[0]?.head, id, alert]
    const inserted = client.query('insert into bare_entries (seq, key, alert) values ($1, $2, $3)', values)
    await Promise.all([begun, inserted, client.query('commit')])
    client.release()
  },
} satisfies Record<AppendWay, (id: string) => Promise<void>>

async function run({ way, seconds }: AppendTurn): Promise<number> {
  let count = 0
  const untilMs = performance.now() + seconds * 1_000
  const one = async () => {
    while (performance.now() < untilMs) {
      made += 1
      await append[way](`${name}-${made}`)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  return count
}

async function delays({ appends }: DelayTurn): Promise<AppendDelays> {
  const taken = { log: [] as number[], bare: [] as number[] }
  for (let nth = 0; nth < appends; nth += 1)
    for (const way of ['log', 'bare'] as const) {
      made += 1
      const beganMs = performance.now()
      await append[way](`${name}-${made}`)
      taken[way].push(performance.now() - beganMs)
    }
  return taken
}

parentPort?.on('message', async (turn: AppendTurn | DelayTurn | 'stop') => {
  if (turn !== 'stop') return parentPort?.postMessage('way' in turn ? await run(turn) : await delays(turn))
  await Promise.all([database.close(), pool.end()])
  parentPort?.close()
})
parentPort?.postMessage('ready')
