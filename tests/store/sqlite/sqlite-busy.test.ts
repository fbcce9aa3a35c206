import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Problem } from '../../../src/domain/problem.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import { busyMsMax, DatabaseBusy } from '../../../src/store/sql.ts'
import { GroupCommit } from '../../../src/store/sqlite/group-commit.ts'
import { SqliteOutbox } from '../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../../src/store/sqlite/sqlite-pause.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import { newAlert, noon } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const busy = { status: 503, code: 'database-busy', retryAfterSeconds: 2 } satisfies Partial<Problem>

/** Two connections to one database: ours, as the thread with the sockets has it, and one that can hold the write lock. */
function twoConnections() {
  const path = join(scratchFolder(clean), 'tocsin.db')
  const sql = openSqlite(path)
  const log = new SqliteLog(sql, 'epoch1')
  const other = openSqlite(path)
  clean(() => {
    sql.close()
    other.close()
  })
  sql.waitAtMost(2)
  const hold = () => void other.run('begin immediate')
  const release = () => void other.run('commit')
  return { sql, log, hold, release }
}

/** How long the event loop was blocked at most, in milliseconds, while something was awaited. */
async function longestStep(work: Promise<unknown>): Promise<number> {
  let longest = 0
  let last = performance.now()
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(look, 1)
  await work.catch(() => {})
  look()
  clearInterval(timer)
  return longest
}

test('an append waits for another connection’s write of a second, and the event loop is not blocked meanwhile', async () => {
  const { log, hold, release } = twoConnections()
  hold()
  const append = log.append(newAlert('a'), 'key')
  let rounds = 0
  const timer = setInterval(() => {
    rounds += 1
  }, 5)
  await sleep(1_000)
  clearInterval(timer)
  expect(rounds).toBeGreaterThan(20)
  release()
  expect((await append).seq).toBe(1)
})

test('while another connection writes for ever, every kind of write is refused with a Problem after one wait, not one each', async () => {
  const { sql, log, hold } = twoConnections()
  const editors = new SqliteEditors(sql)
  const pauses = new SqlitePause(sql)
  const addressEncryption = await AddressEncryption.make(new Uint8Array(32))
  const newId = () => crypto.randomUUID()
  const subscriptions = new SqliteSubscriptions({ sql, addressEncryption, newId })
  const outbox = new SqliteOutbox({ sql, addressEncryption, now: Date.now, newId, report() {} })
  const entry = await log.append(newAlert('a'), 'key')
  const group = new GroupCommit(sql)
  hold()
  const beganAt = performance.now()
  const note = { reason: 'now', by: 'e', at: noon }
  const editor = { id: 'e', name: 'E', role: 'admin', createdAt: noon } as const
  const writes: Promise<unknown>[] = [
    ...Array.from({ length: 8 }, (_, number) => log.append(newAlert(`b${number}`), `key-${number}`)),
    ...Array.from({ length: 200 }, () => group.run(() => sql.run('delete from entries where seq = 99'))),
    editors.add(editor, 'hash'),
    editors.revoke('e', noon),
    editors.openSession('e', { tokenHash: 'token', now: noon, until: noon, origin: null }),
    editors.closeSession('token', '2026'),
    pauses.change(() => ({ languages: [], topics: [] }), note),
    outbox.stop('a', 1),
    outbox.open(entry),
    outbox.opened({ epoch: 'epoch1', head: 1 }),
    subscriptions.change('id', 'token', { audience: 'public', languages: '*', topics: [], level: 'flash' }, false),
    subscriptions.remove('id', 'token'),
  ]
  const [longest, ends] = await Promise.all([longestStep(Promise.allSettled(writes)), Promise.allSettled(writes)])
  for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: busy })
  // Eighteen kinds and 208 callers: a wait for each would be minutes.
  expect(performance.now() - beganAt).toBeLessThan(3 * busyMsMax)
  expect(longest).toBeLessThan(busyMsMax / 2)
  expect((await log.bounds()).head).toBe(1)
})

test('a group that found the database busy is written whole and in order once it is free, with those who came meanwhile', async () => {
  const { sql, hold, release } = twoConnections()
  sql.run('create table names (name integer primary key, at integer) strict')
  const group = new GroupCommit(sql)
  const done: number[] = []
  const add = (name: number) =>
    group.run(() => sql.run('insert into names (name, at) values (?, ?)', name, name)).then(() => done.push(name))
  hold()
  const first = Array.from({ length: 100 }, (_, name) => add(name))
  await sleep(150)
  const later = Array.from({ length: 100 }, (_, name) => add(100 + name))
  await sleep(150)
  expect(done).toEqual([])
  release()
  await Promise.all([...first, ...later])
  expect(done).toEqual(Array.from({ length: 200 }, (_, name) => name))
})

test('one of a group that throws by itself fails alone, also when the database is busy before, and once again', async () => {
  const { sql, hold, release } = twoConnections()
  const group = new GroupCommit(sql)
  for (let time = 0; time < 2; time += 1) {
    hold()
    const ends = Promise.allSettled([
      group.run(() => 1),
      group.run(() => {
        throw new Error('its own')
      }),
      group.run(() => 3),
    ])
    await sleep(100)
    release()
    expect(await ends).toMatchObject([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: { message: 'its own' } },
      { status: 'fulfilled', value: 3 },
    ])
  }
})

test('a write that is added while a group waits is not refused with it, but has a wait of its own', async () => {
  const { sql, hold, release } = twoConnections()
  const group = new GroupCommit(sql)
  hold()
  const early = group.run(() => 'early')
  await sleep(busyMsMax / 2)
  const late = group.run(() => 'late')
  await expect(early).rejects.toBeInstanceOf(DatabaseBusy)
  release()
  expect(await late).toBe('late')
})

test('a reader sees one state of the log in a snapshot, whatever is appended meanwhile', async () => {
  const { sql, log } = twoConnections()
  const path = (sql.all<{ file: string }>('pragma database_list')[0]?.file ?? '') as string
  const reading = openSqlite(path)
  clean(() => reading.close())
  const count = () => reading.all<{ n: number }>('select count(*) as n from entries')[0]?.n
  reading.run('begin')
  expect(count()).toBe(0)
  await log.append(newAlert('a'), 'key')
  expect(count()).toBe(0)
  reading.run('rollback')
  expect(reading.snapshot(count)).toBe(1)
  expect(() =>
    reading.snapshot(() => {
      throw new Error('half-way')
    }),
  ).toThrow('half-way')
  expect(reading.snapshot(count)).toBe(1)
  expect(() => reading.run('begin immediate')).not.toThrow()
  reading.run('rollback')
})
