import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { FollowerWakeUps } from '../../../src/worker/log/follower-wake-ups.ts'
import { RelayFollowers } from '../../../src/worker/relay/relay-followers.ts'
import { runs } from '../../support/effort.ts'

const relayId = 'relay-0'

/** A relay’s list and the log’s, each call between them taking its turn in a random order. */
function rig(s: fc.Scheduler) {
  const sql = openSqlite(':memory:')
  const wakeUps = new FollowerWakeUps({ sql, head: () => 0, wakeOne: async () => 0, now: () => 0, report: () => {} })
  const woken = new Set<string>()
  const later = async (what: string) => void (await s.schedule(Promise.resolve(), what))
  const log = {
    enlist: async (_: string, id: string) => {
      await later(`enlisting ${id}`)
      woken.add(id)
      await later(`${id} is enlisted`)
    },
    dismiss: async (id: string) => {
      await later(`dismissing ${id}`)
      woken.delete(id)
      await later(`${id} is dismissed`)
    },
  }
  const roster = new RelayFollowers({ wakeUps, log: () => log, relayId, read: () => later('reading') })
  return { sql, wakeUps, rung: woken, roster, later }
}

test('with concurrent joins and leaves, the log wakes a relay while a hub follows it, and no longer', async () => {
  const someVisits = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 })
  const check = async (s: fc.Scheduler, visits: readonly number[]) => {
    const { sql, wakeUps, rung: woken, roster, later } = rig(s)
    // An odd one of its steps is a coming, an even one a going.
    const visit = async (hub: string, steps: number) => {
      for (let step = 1; step <= steps; step += 1) {
        await later(`${hub} goes on`)
        if (step % 2 === 0) await roster.dismiss(hub)
        else {
          await roster.enlist('hub', hub)
          expect(woken.has(relayId), `${hub} follows`).toBe(true)
        }
      }
    }
    const done = Promise.all(visits.map((steps, at) => visit(`hub-${at}`, steps)))
    await s.waitFor(done)
    const stay = visits.flatMap((steps, at) => (steps % 2 === 1 ? [`hub-${at}`] : []))
    expect(wakeUps.followers('hub')).toEqual(stay)
    expect([...woken]).toEqual(stay.length > 0 ? [relayId] : [])
    sql.close()
  }
  await fc.assert(fc.asyncProperty(fc.scheduler(), someVisits, check), { numRuns: runs(60) })
})

test('a hub that the log could not take in, or let go, keeps nobody else from coming and going', async () => {
  const sql = openSqlite(':memory:')
  const wakeUps = new FollowerWakeUps({ sql, head: () => 0, wakeOne: async () => 0, now: () => 0, report: () => {} })
  const calls: string[] = []
  let isAway = true
  const call = async (what: string) => {
    if (isAway) throw new Error('the log is away')
    calls.push(what)
  }
  const log = { enlist: (_: string, id: string) => call(`+${id}`), dismiss: (id: string) => call(`-${id}`) }
  const roster = new RelayFollowers({ wakeUps, log: () => log, relayId, read: async () => {} })
  await expect(roster.enlist('hub', 'a')).rejects.toThrow('away')
  await expect(roster.dismiss('b')).rejects.toThrow('away')
  isAway = false
  await roster.enlist('hub', 'a')
  await roster.dismiss('a')
  expect(calls).toEqual([`+${relayId}`, '-a', `-${relayId}`])
  sql.close()
})
