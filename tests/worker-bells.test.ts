import { expect, test } from 'vitest'
import { openSqlite } from '../src/node/sqlite.ts'
import { Bells } from '../src/worker/bells.ts'
import { Duties } from '../src/worker/duties.ts'

/** A log object's bells over a database that outlives the object. */
function benchOf() {
  const sql = openSqlite(':memory:')
  const rung: string[] = []
  const alarms: number[] = []
  const state = { head: 0, now: 1_000, deaf: new Set<string>(), trouble: 0 }
  const open = () => {
    const bells = new Bells({
      sql,
      head: () => state.head,
      ringOne: async (kind, id) => {
        rung.push(`${kind} ${id}`)
        if (state.deaf.has(id)) throw new Error('it is not there')
        return state.head
      },
      now: () => state.now,
      report: () => {
        state.trouble += 1
      },
    })
    const duties = new Duties({ setAlarm: async (at) => void alarms.push(at) }, [bells], () => state.now)
    bells.begin()
    duties.arm()
    return { bells, duties }
  }
  return { rung, alarms, state, open }
}

test('everyone who is behind is rung; who has answered is not rung again', async () => {
  const { rung, state, open } = benchOf()
  const { bells } = open()
  bells.enlist('hub', 'a')
  bells.enlist('push', 'b')
  bells.enlist('hub', 'a')
  await bells.ring()
  expect(rung, 'whoever enlists reads on by itself').toEqual([])
  state.head = 1
  await bells.ring()
  await bells.ring()
  expect(rung).toEqual(['hub a', 'push b'])
  expect(bells.dueMs, 'nothing is left to do').toBeNull()
  expect(bells.followers('hub')).toEqual(['a'])
  bells.dismiss('a')
  state.head = 2
  await bells.ring()
  expect(rung.slice(2)).toEqual(['push b'])
})

test('the alarm is set in the same step as the bell, and rings ever more slowly until all have answered', async () => {
  const { rung, alarms, state, open } = benchOf()
  const { bells, duties } = open()
  bells.enlist('hub', 'a')
  state.deaf.add('a')
  state.head = 1
  const ringing = bells.ring()
  duties.arm()
  expect(alarms).toEqual([3_000])
  await ringing
  for (const expected of [4_000, 8_000, 16_000]) {
    const due = bells.dueMs ?? Number.NaN
    state.now = due
    await duties.alarm()
    expect((bells.dueMs ?? Number.NaN) - due).toBe(expected)
  }
  expect(state.trouble).toBe(4)
  state.deaf.clear()
  state.now = bells.dueMs ?? Number.NaN
  await duties.alarm()
  expect([rung.length, bells.dueMs, bells.waiting]).toEqual([5, null, 0])
})

test('an object that died between append and bell goes on when it is made again', async () => {
  const { rung, alarms, state, open } = benchOf()
  const before = open()
  before.bells.enlist('hub', 'a')
  state.head = 1
  const { bells, duties } = open()
  expect([bells.waiting, alarms]).toEqual([1, [1_000]])
  await duties.alarm()
  expect([rung, bells.waiting]).toEqual([['hub a'], 0])
})

test('another kind of change rings all of a kind again', async () => {
  const { rung, open } = benchOf()
  const { bells } = open()
  bells.enlist('hub', 'a')
  bells.enlist('push', 'b')
  await bells.ringAgain('push')
  expect(rung).toEqual(['push b'])
  expect(bells.waiting).toBe(0)
})

test('an answer to a bell from before the other change does not stand for it', async () => {
  const { rung, state, open } = benchOf()
  const { bells } = open()
  bells.enlist('push', 'b')
  state.head = 1
  const before = bells.ring()
  state.deaf.add('b')
  const after = bells.ringAgain('push')
  await Promise.all([before, after])
  expect([rung, bells.waiting]).toEqual([['push b', 'push b'], 1])
})
