import { afterEach, expect, test, vi } from 'vitest'
import { PostgresState } from '../../../../src/node/stores/postgres/postgres-state.ts'
import { NoAnswerInTime } from '../../../../src/store/postgres/postgres-fault.ts'
import { DatabaseBusy } from '../../../../src/store/sql.ts'
import { StorageFault, type StorageFaultKind } from '../../../../src/store/storage-fault.ts'

afterEach(() => vi.useRealTimers())

/** A state whose database fails as `reads` and `writes` say at the moment. */
function watched() {
  vi.useFakeTimers()
  const now: { reads: Error | null; writes: Error | null; waits: StorageFaultKind } = {
    ...{ reads: null, writes: null, waits: 'unreachable' },
  }
  const notices: (StorageFaultKind | null)[] = []
  let replaced = 0
  const state = new PostgresState({
    name: 'The database',
    read: async () => {
      if (now.reads !== null) throw now.reads
    },
    write: async () => {
      if (now.writes !== null) throw now.writes
    },
    diagnose: async () => now.waits,
    notify: (_, kind) => notices.push(kind),
    replaced: () => {
      replaced += 1
    },
  })
  state.watch()
  return { state, now, notices, replaced: () => replaced, pass: () => vi.advanceTimersByTimeAsync(30_000) }
}

test.each(['full', 'standby', 'denied', 'read-only'] as const)(
  'a fault of writes (%s) that was reported stays while only reads succeed, and ends by itself',
  async (kind) => {
    const { state, now, notices, pass } = watched()
    now.writes = new StorageFault(kind)
    state.heed(kind)
    await pass()
    expect([state.fault, notices]).toEqual([kind, [kind]])
    expect(state.why).toContain('it goes on by itself')
    now.writes = null
    await pass()
    expect([state.fault, state.why, notices]).toEqual([null, null, [kind, null]])
  },
)

test('a fault is the one that the database has now', async () => {
  const { state, now, notices, pass } = watched()
  now.reads = new StorageFault('unreachable', 'read')
  await pass()
  now.reads = null
  now.writes = new StorageFault('full')
  await pass()
  now.writes = null
  await pass()
  expect([state.fault, notices]).toEqual([null, ['unreachable', 'full', null]])
})

test('without a fault nothing is written, and being busy is neither a fault nor the end of one', async () => {
  const { state, now, notices, pass } = watched()
  now.writes = new StorageFault('full')
  now.reads = new DatabaseBusy()
  await pass()
  expect(state.fault).toBeNull()
  state.heed('standby')
  now.reads = null
  now.writes = new DatabaseBusy()
  await pass()
  expect([state.fault, notices]).toEqual(['standby', ['standby']])
})

test.each([
  ['unconfirmed', 'unconfirmed'],
  ['slow', 'unconfirmed'],
  ['unreachable', 'unreachable'],
] as const)(
  'a connection that is not had in time: the server is asked, and where it says %s it is %s',
  async (waits, fault) => {
    const { state, now, pass } = watched()
    state.heed('unconfirmed')
    now.waits = waits
    now.reads = new StorageFault('unreachable', 'read')
    await pass()
    expect(state.fault).toBe(fault)
  },
)

test('a replaced log is told once, and stays so', async () => {
  const { state, now, replaced, pass } = watched()
  now.reads = new StorageFault('replaced', 'read')
  await pass()
  now.reads = null
  await pass()
  expect([state.fault, replaced()]).toEqual(['replaced', 1])
})

test('a refused operation is heeded at once when only a write shows the fault', () => {
  const { state } = watched()
  state.noteFault('unreachable')
  expect(state.fault).toBeNull()
  for (const kind of ['full', 'read-only', 'standby', 'denied'] as const) {
    state.noteFault(kind)
    expect(state.fault).toBe(kind)
  }
})

const late = () => new StorageFault('unreachable', 'store', { cause: new NoAnswerInTime(2_500) })

test.each(['unconfirmed', 'slow', 'locked', 'unreachable'] as const)(
  'writes get no answer in time while reads do (%s): the next look writes, asks why, and says so until a write succeeds',
  async (kind) => {
    const { state, now, notices, pass } = watched()
    now.writes = late()
    now.waits = kind
    await pass()
    expect(state.fault, 'nothing was refused yet').toBeNull()
    state.noteFault('unreachable')
    await pass()
    expect([state.fault, notices]).toEqual([kind, [kind]])
    now.writes = null
    await pass()
    expect([state.fault, notices]).toEqual([null, [kind, null]])
  },
)

test('what is refused as busy once is no fault; when no write gets its locks for seconds, another transaction holds them', async () => {
  const { state, now, notices, pass } = watched()
  state.noteFault('busy')
  await pass()
  expect(notices).toEqual([])
  now.writes = new DatabaseBusy()
  state.noteFault('busy')
  await vi.advanceTimersByTimeAsync(4_000)
  expect(state.fault).toBeNull()
  await pass()
  expect([state.fault, state.why]).toEqual(['locked', expect.stringContaining('another transaction')])
  now.writes = null
  await pass()
  expect(notices).toEqual(['locked', null])
})

test('a cause that is known stays when the database is slow besides, and that it cannot be reached does not', async () => {
  const { state, now, notices, pass } = watched()
  now.writes = late()
  now.waits = 'unreachable'
  state.noteFault('unreachable')
  await pass()
  now.waits = 'slow'
  await pass()
  now.waits = 'locked'
  await pass()
  now.waits = 'slow'
  await pass()
  expect(notices).toEqual(['unreachable', 'slow', 'locked'])
})

test('a database that was called slow is called locked when no write gets its locks', async () => {
  const { state, now, notices, pass } = watched()
  now.writes = late()
  now.waits = 'slow'
  state.noteFault('unreachable')
  await pass()
  now.writes = new DatabaseBusy()
  await pass()
  expect(notices).toEqual(['slow', 'locked'])
})

test('what waits for a synchronous standby is not called locked, though its appends hold locks', async () => {
  const { state, now, notices, pass } = watched()
  now.writes = late()
  now.waits = 'unconfirmed'
  state.noteFault('unreachable')
  await pass()
  now.waits = 'locked'
  await pass()
  expect(notices).toEqual(['unconfirmed'])
})
