import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AlarmDuties } from '../../../src/worker/alarm-duties.ts'
import { FollowerWakeUps } from '../../../src/worker/log/follower-wake-ups.ts'
import { IndexDuty } from '../../../src/worker/log/index-duty.ts'

/** A log object's bells over a database that outlives the object. */
function benchOf() {
  const sql = openSqlite(':memory:')
  const woken: string[] = []
  const alarms: number[] = []
  const state = { head: 0, now: 1_000, deaf: new Set<string>(), error: 0 }
  const open = () => {
    const wakeUps = new FollowerWakeUps({
      sql,
      head: () => state.head,
      wakeOne: async (kind, id) => {
        woken.push(`${kind} ${id}`)
        if (state.deaf.has(id)) throw new Error('it is not there')
        return state.head
      },
      now: () => state.now,
      report: () => {
        state.error += 1
      },
    })
    const duties = new AlarmDuties({ setAlarm: async (at) => void alarms.push(at) }, [wakeUps], () => state.now)
    wakeUps.begin()
    duties.arm()
    return { wakeUps, duties }
  }
  return { rung: woken, alarms, state, open }
}

test('every follower that is behind is woken; one that has answered is not woken again', async () => {
  const { rung: woken, state, open } = benchOf()
  const { wakeUps } = open()
  wakeUps.enlist('hub', 'a')
  wakeUps.enlist('push', 'b')
  wakeUps.enlist('hub', 'a')
  await wakeUps.wake()
  expect(woken, 'whoever enlists reads on by itself').toEqual([])
  state.head = 1
  await wakeUps.wake()
  await wakeUps.wake()
  expect(woken).toEqual(['hub a', 'push b'])
  expect(wakeUps.dueMs, 'nothing is left to do').toBeNull()
  expect(wakeUps.followers('hub')).toEqual(['a'])
  wakeUps.dismiss('a')
  state.head = 2
  await wakeUps.wake()
  expect(woken.slice(2)).toEqual(['push b'])
})

test('the alarm is set in the same step as the wake-up, and repeats it with back-off until all have answered', async () => {
  const { rung: woken, alarms, state, open } = benchOf()
  const { wakeUps, duties } = open()
  wakeUps.enlist('hub', 'a')
  state.deaf.add('a')
  state.head = 1
  const ringing = wakeUps.wake()
  duties.arm()
  expect(alarms).toEqual([3_000])
  await ringing
  for (const expected of [4_000, 8_000, 16_000]) {
    const due = wakeUps.dueMs ?? Number.NaN
    state.now = due
    await duties.alarm()
    expect((wakeUps.dueMs ?? Number.NaN) - due).toBe(expected)
  }
  expect(state.error).toBe(4)
  state.deaf.clear()
  state.now = wakeUps.dueMs ?? Number.NaN
  await duties.alarm()
  expect([woken.length, wakeUps.dueMs, wakeUps.waiting]).toEqual([5, null, 0])
})

test('an object that died between append and wake-up continues when it is created again', async () => {
  const { rung: woken, alarms, state, open } = benchOf()
  const before = open()
  before.wakeUps.enlist('hub', 'a')
  state.head = 1
  const { wakeUps, duties } = open()
  expect([wakeUps.waiting, alarms]).toEqual([1, [1_000]])
  await duties.alarm()
  expect([woken, wakeUps.waiting]).toEqual([['hub a'], 0])
})

test('another kind of change wakes all followers of a kind again', async () => {
  const { rung: woken, open } = benchOf()
  const { wakeUps } = open()
  wakeUps.enlist('hub', 'a')
  wakeUps.enlist('push', 'b')
  await wakeUps.wakeAgain('push')
  expect(woken).toEqual(['push b'])
  expect(wakeUps.waiting).toBe(0)
})

test('several kinds are woken again together, each completely, and the others are not, the second time as well', async () => {
  const { rung: woken, open } = benchOf()
  const { wakeUps } = open()
  for (const [kind, id] of [
    ['hub', 'a'],
    ['push', 'b'],
    ['relay', 'c'],
    ['push', 'd'],
    ['relay', 'e'],
  ] as const)
    wakeUps.enlist(kind, id)
  for (let time = 0; time < 2; time += 1) {
    await wakeUps.wakeAgain('push', 'relay')
    expect(woken.splice(0).sort()).toEqual(['push b', 'push d', 'relay c', 'relay e'])
    await wakeUps.wakeAgain('relay', 'hub')
    expect(woken.splice(0).sort()).toEqual(['hub a', 'relay c', 'relay e'])
  }
})

test('an answer to a wake-up from before the other change does not count for it', async () => {
  const { rung: woken, state, open } = benchOf()
  const { wakeUps } = open()
  wakeUps.enlist('push', 'b')
  state.head = 1
  const before = wakeUps.wake()
  state.deaf.add('b')
  const after = wakeUps.wakeAgain('push')
  await Promise.all([before, after])
  expect([woken, wakeUps.waiting]).toEqual([['push b', 'push b'], 1])
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
  const duties = new AlarmDuties({ setAlarm: async (at) => void alarms.push(at) }, [duty, other], () => now)
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

test('indexing continues until all entries are in the index, also after an error', async () => {
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
