import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { PostgresServer } from './postgres-server.ts'
import { stallingProxy } from './stalling-proxy.ts'

type Clean = (undo: () => unknown) => void

/** A primary's standby, which is sent the write-ahead log by streaming replication, asynchronously. */
export type Standby = {
  readonly server: PostgresServer
  /** The primary's connections to it bring nothing any more: what is committed from now on is only at the primary. */
  readonly cutOff: () => void
  /** The newest seq of the log that it has. */
  readonly head: (database: string) => Promise<number>
  /** Starts it as a primary without promoting it, as an operator does who removes `standby.signal`: the timeline stays. */
  readonly startUnpromoted: () => Promise<void>
}

/** Makes a standby of a primary: of a copy of its files, taken while it is stopped. */
export async function startStandby(primary: PostgresServer, clean: Clean): Promise<Standby> {
  const proxy = await stallingProxy(primary.port, clean)
  const signalFile = 'standby.signal'
  await primary.stop('fast')
  // Without a negotiation of encryption, whose answer is not a message that the proxy could read.
  const settings = {
    primary_conninfo: `host=127.0.0.1 port=${proxy.port} user=tocsin sslmode=disable gssencmode=disable`,
  }
  const server = await PostgresServer.start({
    settings,
    fill: (data) => {
      const copied = spawnSync('cp', ['-a', join(primary.folder, 'data'), data], { encoding: 'utf8' })
      if (copied.status !== 0) throw new Error(`cp: ${copied.stderr}`)
      writeFileSync(join(data, signalFile), '')
    },
  })
  clean(() => server.remove())
  await primary.startAgain()
  return {
    server,
    cutOff: () => proxy.stall(),
    head: async (database) => (await numbers(server, database)).head,
    async startUnpromoted() {
      await server.stop('fast')
      rmSync(join(server.folder, 'data', signalFile))
      await server.startAgain()
    },
  }
}

/** The newest seq of a server's log, and its timeline. Also of a standby, which the service itself does not read. */
export async function numbers(server: PostgresServer, database: string): Promise<{ head: number; timeline: number }> {
  const client = new pg.Client({ connectionString: server.url(database) })
  await client.connect()
  const recovering = (await client.query('select pg_is_in_recovery() as standby')).rows[0].standby
  // The control file has the timeline of the last checkpoint. A standby can make none of its own.
  if (!recovering) await client.query('checkpoint')
  const { rows } = await client.query(
    'select head::integer, timeline_id as timeline from tocsin.log_head, pg_control_checkpoint()',
  )
  await client.end()
  return rows[0]
}
