import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { leasesIn, subscribeReaders } from '../../support/cluster/push-readers.ts'
import { newDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { gone } from '../../support/processes/process-states.ts'
import { ask, english, publish } from '../../support/processes/service.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const people = 20_000
const wrongClock = fileURLToPath(new URL('../../checker/wrong-clock.ts', import.meta.url))
/** By the number of the node: right, an hour ahead, an hour behind. */
const aheadMs = [0, 3_600_000, -3_600_000] as const
const lifeSeconds = 1_800
const settings = { PUSH_THREADS: '1' }

/** Three nodes with different clocks, one push service, and this many readers of it. */
async function startPushNodes() {
  const service = await startPushService()
  clean(() => service.close())
  const { nodes, databaseUrl, dataDir } = await startNodes(clean, aheadMs.length, settings, (dir, env = {}) => {
    const ahead = aheadMs[Number(basename(dir).at(-1))]
    return startPushing(dir, service, {
      ...{ CLOCK_AHEAD_MS: `${ahead}`, NODE_OPTIONS: `--import ${wrongClock}` },
      ...(env as Record<string, string>),
    })
  })
  const database = openDatabase(clean, databaseUrl)
  return {
    service,
    nodes,
    database,
    databaseUrl,
    readerIds: await subscribeReaders(service, database, dataDir, people),
  }
}

async function databaseMs(database: PostgresDatabase): Promise<number> {
  const [row] = await database.all<{ ms: number }>('select extract(epoch from clock_timestamp()) * 1000 as ms')
  return Number(row?.ms)
}

test(`${people} pushes over three nodes, two with a wrong clock, one of them killed with its leases: none lost, few twice`, async () => {
  const { service, nodes, database, readerIds } = await startPushNodes()
  const killed = nodes[1]
  if (killed === undefined) throw new Error('three nodes are wanted')
  const reached = new Map<string, number>()
  const ttls = new Set<number>()
  const half = Promise.withResolvers<void>()
  service.script = ({ readerId }) => {
    reached.set(readerId, (reached.get(readerId) ?? 0) + 1)
    if (reached.size >= people / 3) half.resolve()
    return { status: 201, afterMs: 20 }
  }
  // For less than an hour, so that a node whose clock is ahead would take it for expired.
  const expiresAt = new Date(Date.now() + lifeSeconds * 1_000).toISOString()
  const { alert } = await publish(nodes[0].url, { ...english('Monitors leave the valley'), expiresAt })
  await half.promise
  killed.child.kill('SIGKILL')
  await gone(killed.child.pid ?? 0)
  const atKill = reached.size
  expect(atKill).toBeLessThan(people)
  const lost = (await leasesIn(database)).filter(({ owner }) => owner.startsWith(`${killed.child.pid}.`))
  const inFlight = lost.reduce((sum, { pushes }) => sum + pushes, 0)
  expect(inFlight, 'it held leases').toBeGreaterThan(0)

  const delivery = async () => (await ask(nodes[2]?.url ?? '', 'GET', `/v1/alerts/${alert.id}/delivery`)).text()
  await expect.poll(delivery, { timeout: 240_000, interval: 500 }).toContain(`"accepted":${people}`)
  // Not before the leases had ended by the database's clock, whatever the clock of a node says.
  expect(await databaseMs(database)).toBeGreaterThan(Math.max(...lost.map(({ until_ms }) => Number(until_ms))) - 1_000)
  expect(readerIds.filter((id) => !reached.has(id))).toEqual([])
  const repeated = [...reached.values()].filter((count) => count > 1).length
  expect(repeated).toBeLessThanOrEqual(inFlight)
  expect(Math.max(...reached.values())).toBeLessThanOrEqual(2)
  for (const { headers } of service.counterTotals) ttls.add(Number(headers.ttl))
  // No clock made the alert's life shorter or longer.
  expect(Math.min(...ttls)).toBeGreaterThan(lifeSeconds - 300)
  expect(Math.max(...ttls)).toBeLessThanOrEqual(lifeSeconds + 1)
  expect(JSON.parse(await delivery())).toMatchObject({ deliveries: [{ failed: 0, gone: 0, waiting: 0 }] })
})

test(`a transaction that is held open through ${people} pushes of three nodes loses and delays none, and leaves few dead rows`, async () => {
  const { service, nodes, database, databaseUrl, readerIds } = await startPushNodes()
  // What the subscribing has left behind.
  await database.once('vacuum')
  const holder = newDatabase(databaseUrl, { connectionsMax: 1 })
  clean(() => holder.close())
  const over = Promise.withResolvers<void>()
  clean(over.resolve)
  const held = Promise.withResolvers<number>()
  const holding = holder.transaction(
    async (statements) => {
      await statements.run('set local idle_in_transaction_session_timeout = 0')
      await statements.run('set transaction isolation level repeatable read')
      await statements.all('select count(*) from tocsin.subscriptions')
      const [row] = await statements.all<{ pid: number }>('select pg_backend_pid() as pid')
      held.resolve(row?.pid ?? 0)
      await over.promise
    },
    { limitMs: 300_000 },
  )
  const pid = await held.promise
  const reached = new Set<string>()
  service.script = ({ readerId }) => {
    reached.add(readerId)
    return { status: 201, afterMs: 5 }
  }
  const { alert } = await publish(nodes[0].url, english('Monitors leave the valley'))
  const delivery = async () => (await ask(nodes[2]?.url ?? '', 'GET', `/v1/alerts/${alert.id}/delivery`)).text()
  await expect.poll(delivery, { timeout: 240_000, interval: 500 }).toContain(`"accepted":${people}`)
  const state = 'select state from pg_stat_activity where pid = $1 and backend_xmin is not null'
  expect(await database.all(state, pid)).toEqual([{ state: 'idle in transaction' }])
  expect([reached.size, service.counterTotals.length, readerIds.length]).toEqual([people, people, people])
  // What a vacuum would have to keep: counted in the tables themselves, as statistics come late.
  const dead = await database.all<{ relname: string; dead: number }>(
    `select relname, n_dead_tup::integer as dead from pg_stat_user_tables
      where schemaname = 'tocsin' and (relname like 'push%' or relname = 'subscriptions') and n_dead_tup > 0`,
  )
  const deadIn = (name: string) => dead.find(({ relname }) => relname === name)?.dead ?? 0
  const sum = dead.reduce((before, it) => before + it.dead, 0)
  // Pushes that found no permit in time, as a push service's limit begins low, have rows of their own, and batches of their
  // own with a version of a tally each. A busy machine has many of them.
  const ofRetries = deadIn('push_retries') + Math.max(0, deadIn('push_tallies') - deadIn('push_slices'))
  expect(sum - ofRetries, JSON.stringify(dead)).toBeLessThan(people / 100)
  over.resolve()
  await holding
})
