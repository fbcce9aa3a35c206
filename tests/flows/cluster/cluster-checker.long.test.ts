import { describe, expect, test } from 'vitest'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import { chanceOf } from '../../checker/chance.ts'
import { ClusterVictim } from '../../checker/cluster-faults.ts'
import type { Log } from '../../checker/judge.ts'
import { perform, setStage, verdictOf } from '../../checker/stage.ts'
import { runs } from '../../support/effort.ts'
import { openDatabase } from '../../support/postgres/fresh-database.ts'
import { noPgBouncer } from '../../support/postgres/pgbouncer.ts'
import { newsroom } from '../../support/samples.ts'
import { cleaning } from '../../support/scratch.ts'

// The checker of one machine over three nodes. Readers come to another node with every connection, with the cursor of the
// one before; editors post through all nodes.

const clean = cleaning()
const wildCount = Math.min(120, runs(40))
/** Each seed draws other interests, other victims and other moments. */
const seeds = Array.from({ length: Math.max(1, runs(0.4)) }, (_, nth) => Date.now() + nth).map((ms) => ms % 1_000_000)

async function logOf(url: string): Promise<Log> {
  const log = await PostgresLog.open(openDatabase(clean, url), () => 'unwanted')
  return { ...(await log.bounds()), entries: await log.after(0, 1_000_000), newsroom }
}

/** Every fault of the nodes and of their wake-ups, while everyone goes on. */
async function loseNodes(victim: ClusterVictim): Promise<void> {
  await victim.crashAfterCommit()
  await victim.terminateListeners()
  await victim.crashBetween()
  await victim.stopWithLock()
  victim.cutFront()
  await victim.killNode()
  await victim.deafenListeners()
  await victim.dropNotifications()
  await victim.crashAfterCommit()
  await victim.restartNodes()
}

/** Every fault of the database. */
async function loseDatabase(victim: ClusterVictim): Promise<void> {
  await victim.restartDatabase('immediate')
  await victim.freezeDatabase()
  await victim.crashAfterCommit()
  await victim.restartDatabase('fast')
  await victim.terminateListeners()
}

const ofNodes = [
  'a process killed between commit and wake-up',
  'a process killed between wake-up and fan-out',
  'a process stopped while it held the lock of the log',
  'a node killed',
  'every node restarted, one after the other',
  'every connection of the front cut',
  'the connections that listen terminated',
  'the connections that listen deaf, noticed and replaced',
  'notifications lost',
  'goodbye',
]
const ofDatabase = [
  'the database stopped (immediate) and started again',
  'the database frozen and continued',
  'the database stopped (fast) and started again',
  'a process killed between commit and wake-up',
  'the connections that listen terminated',
]
const ofReaders = ['vanished', 'dawdled', 'honest cursor taken to another service', 'honest cursor replayed']

async function check(seed: number, isPooled: boolean, treat: (victim: ClusterVictim) => Promise<void>) {
  const chance = chanceOf(seed)
  const counts = new Map<string, number>()
  const count = (name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1)
  const victim = await ClusterVictim.start(clean, isPooled, chance, count)
  const chooseUrl = () => victim.chooseUrl()
  const stage = setStage({ chooseUrl, clientUrl: victim.front.url, wildCount, chance, count })
  for (const { close } of stage.clients) clean(close)
  await perform(stage, () => treat(victim))
  const connections = await victim.connections()
  for (const node of victim.nodes) expect(await node.end('SIGTERM'), node.said).toBe(0)
  const { violations, ...sums } = verdictOf(stage, await logOf(victim.databaseUrl))
  const account = { ...sums, connections, ...Object.fromEntries([...counts].sort()) }
  // CHECKER_SEED=… draws the same again.
  expect({ seed, account, violations: violations.slice(0, 20) }).toEqual({ seed, account, violations: [] })
  if (process.env.CHECKER_SEED !== undefined) console.log(account)
  expect(sums.entries).toBeGreaterThan(100)
  expect(sums.retries).toBeGreaterThan(0)
  return { counts, connections }
}

const asked = process.env.CHECKER_SEED
const all = asked === undefined ? seeds : [Number(asked)]

test.each(all)(
  'with seed %i: whatever happens to nodes and wake-ups, every acknowledged alert reaches everyone who asked for it',
  async (seed) => {
    const { counts } = await check(seed, false, loseNodes)
    for (const fault of [...ofNodes, ...ofReaders]) expect([fault, counts.get(fault) ?? 0]).not.toEqual([fault, 0])
  },
)

test.each(all)('with seed %i: whatever happens to the database, the same', { timeout: 480_000 }, async (seed) => {
  const { counts } = await check(seed, false, loseDatabase)
  for (const fault of [...ofDatabase, ...ofReaders]) expect([fault, counts.get(fault) ?? 0]).not.toEqual([fault, 0])
})

describe.skipIf(noPgBouncer !== null)(noPgBouncer ?? 'through PgBouncer in transaction mode', () => {
  test.each(all)('with seed %i: the same, for nodes, wake-ups and the database', { timeout: 600_000 }, async (seed) => {
    const { counts, connections } = await check(seed, true, async (victim) => {
      await loseNodes(victim)
      await loseDatabase(victim)
    })
    for (const fault of [...ofNodes, ...ofDatabase, ...ofReaders])
      expect([fault, counts.get(fault) ?? 0]).not.toEqual([fault, 0])
    // No more than PgBouncer was allowed: nobody went past it.
    expect(connections).toBeLessThanOrEqual(3)
  })
})
