import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { Duties } from '../../../src/worker/alarm-duties.ts'
import { Bells } from '../../../src/worker/log/follower-wake-ups.ts'
import { IndexDuty } from '../../../src/worker/log/index-duty.ts'

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

test('several kinds are rung again together, each whole, and the others are left in peace, the second time as well', async () => {
  const { rung, open } = benchOf()
  const { bells } = open()
  for (const [kind, id] of [
    ['hub', 'a'],
    ['push', 'b'],
    ['relay', 'c'],
    ['push', 'd'],
    ['relay', 'e'],
  ] as const)
    bells.enlist(kind, id)
  for (let time = 0; time < 2; time += 1) {
    await bells.ringAgain('push', 'relay')
    expect(rung.splice(0).sort()).toEqual(['push b', 'push d', 'relay c', 'relay e'])
    await bells.ringAgain('relay', 'hub')
    expect(rung.splice(0).sort()).toEqual(['hub a', 'relay c', 'relay e'])
  }
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

test('an object that had an alarm sets the next one, however much later, and none that is later than one it has', async () => {
  const alarms: number[] = []
  const duty = {
    dueMs: null as number | null,
    acts: 0,
    async act() {
      duty.acts += 1
    },
  }
  const other = { dueMs: null as number | null, act: async () => {} }
  let now = 1_000
  const duties = new Duties({ setAlarm: async (at) => void alarms.push(at) }, [duty, other], () => now)
  duties.arm()
  expect(alarms, 'nothing is due').toEqual([])
  for (const at of [2_000, 9_000, 10_000]) {
    duty.dueMs = at
    duties.arm()
    other.dueMs = at + 500
    duties.arm()
    expect(alarms.splice(0)).toEqual([at])
    now = at - 1
    await duties.alarm()
    expect(alarms.splice(0), 'it went off too early').toEqual([at])
    now = at
    other.dueMs = null
    await duties.alarm()
    alarms.splice(0)
    duty.dueMs = null
    await duties.alarm()
    expect(alarms).toEqual([])
  }
  expect(duty.acts).toBe(3)
})

test('an index is gone on with until all is in it, also after trouble', async () => {
  let now = 1_000
  const troubles: string[] = []
  const pieces = ['more', 'trouble', 'more', 'trouble', 'done']
  const log = {
    isIndexed: false,
    async indexMore() {
      const piece = pieces.shift()
      if (piece === 'trouble') throw new Error('the disk')
      return piece === 'done'
    },
  }
  const duty = new IndexDuty(
    log,
    () => now,
    (_, doing) => troubles.push(doing),
  )
  const dues: (number | null)[] = []
  while (duty.dueMs !== null && dues.length < 10) {
    now = duty.dueMs + 5
    await duty.act()
    dues.push(duty.dueMs === null ? null : duty.dueMs - now)
  }
  expect(dues, 'at once, or a second after trouble').toEqual([0, 1_000, 0, 1_000, null])
  expect(troubles).toEqual(['indexing the log', 'indexing the log'])
  expect(
    new IndexDuty(
      { ...log, isIndexed: true },
      () => now,
      () => {},
    ).dueMs,
  ).toBeNull()
})
