import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import type { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { openDatabase } from '../../support/postgres/fresh-database.ts'
import type { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { stallingProxy } from '../../support/postgres/stalling-proxy.ts'
import { createDatabase, startWithTemplate } from '../../support/postgres/template-database.ts'
import { newAlert } from '../../support/samples.ts'
import { cleaning } from '../../support/scratch.ts'

// A server of its own, which these tests freeze, stop and demote.
const clean = cleaning()
let server: PostgresServer
let name = ''
let number = 0
/** Longer than a busy machine takes to connect. */
const limitMs = 5_000

beforeAll(async () => {
  server = await startWithTemplate()
})
afterAll(() => server.remove())
beforeEach(async () => {
  name = `t${++number}`
  await createDatabase(server.url('postgres'), name)
})

let epochs = 0
async function openLog(port = server.port): Promise<{ database: PostgresDatabase; log: PostgresLog }> {
  const database = openDatabase(clean, server.url(name, port), { limitMs })
  return { database, log: await PostgresLog.open(database, () => `epoch${++epochs}`) }
}

test('a network that forwards nothing: a refusal to be repeated, and the key makes one entry when it is back', async () => {
  const proxy = await stallingProxy(server.port, clean)
  const { log } = await openLog(proxy.port)
  await log.append(newAlert('a'), 'key-a')
  proxy.stall()
  const [append, read] = await Promise.allSettled([log.append(newAlert('b'), 'key-b'), log.after(0, 10)])
  expect(append).toMatchObject({ status: 'rejected', reason: { status: 503, kind: 'unreachable', act: 'store' } })
  expect(read).toMatchObject({ status: 'rejected', reason: { status: 503, kind: 'unreachable', act: 'read' } })
  proxy.goOn()
  expect((await log.append(newAlert('b'), 'key-b')).seq).toBe(2)
  expect(await log.after(0, 10)).toHaveLength(2)
})

test('a server that is frozen, then goes on: the same', async () => {
  const { log } = await openLog()
  await log.append(newAlert('a'), 'key-a')
  server.signal('SIGSTOP')
  await expect(log.append(newAlert('b'), 'key-b')).rejects.toMatchObject({ status: 503, kind: 'unreachable' })
  server.signal('SIGCONT')
  expect((await log.append(newAlert('b'), 'key-b')).seq).toBe(2)
})

test.each(['fast', 'immediate'] as const)(
  'a server that is stopped (%s) and started again goes on with its log',
  async (how) => {
    const { log } = await openLog()
    const first = await log.append(newAlert('a'), 'key-a')
    const before = await log.bounds()
    await server.stop(how)
    await expect(log.append(newAlert('b'), 'key-b')).rejects.toMatchObject({ status: 503, kind: 'unreachable' })
    await server.startAgain()
    expect(await log.bounds()).toEqual(before)
    expect(await log.append(newAlert('a'), 'key-a')).toEqual(first)
    expect((await log.append(newAlert('b'), 'key-b')).seq).toBe(2)
  },
)

test('a primary that answers reads and refuses writes is not written to: its connections are closed', async () => {
  const { log } = await openLog()
  await log.append(newAlert('a'), 'key-a')
  const admin = openDatabase(clean, server.url('postgres'))
  await admin.once(`alter database ${name} set default_transaction_read_only = on`)
  // Sessions that are open keep their setting; the next ones have the new one.
  await admin.once('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', name)
  await expect(log.append(newAlert('b'), 'key-b')).rejects.toMatchObject({
    status: 503,
    kind: 'read-only',
    act: 'store',
  })
  expect(await log.after(0, 10)).toHaveLength(1)
  await admin.once(`alter database ${name} set default_transaction_read_only = off`)
  // No connection that was refused is used again, so that the next append succeeds.
  expect((await log.append(newAlert('b'), 'key-b')).seq).toBe(2)
})

test('a standby is refused; promoted, it gives the log a new epoch, and no instance of the old one goes on', async () => {
  const { log } = await openLog()
  await log.append(newAlert('a'), 'key-a')
  const { epoch } = await log.bounds()
  await server.stop('fast')
  writeFileSync(join(server.folder, 'data', 'standby.signal'), '')
  await server.startAgain()
  await expect(log.append(newAlert('b'), 'key-b')).rejects.toMatchObject({ status: 503, kind: 'standby' })
  await expect(log.after(0, 10)).rejects.toMatchObject({ status: 503, kind: 'standby', act: 'read' })
  await server.promote()
  await expect(log.append(newAlert('b'), 'key-b')).rejects.toMatchObject({ status: 503, kind: 'replaced' })
  await expect(log.bounds()).rejects.toMatchObject({ kind: 'replaced' })
  const { log: again } = await openLog()
  expect(await again.bounds()).toMatchObject({ floor: 1, head: 1 })
  expect((await again.bounds()).epoch).not.toBe(epoch)
  expect((await again.append(newAlert('b'), 'key-b')).seq).toBe(2)
})
