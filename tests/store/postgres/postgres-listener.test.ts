import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { NotificationsNotReceived, PostgresListener } from '../../../src/store/postgres/postgres-listener.ts'
import { wakeUp } from '../../../src/store/postgres/wake-ups.ts'
import { freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { stallingProxy } from '../../support/postgres/stalling-proxy.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const notify = `select ${wakeUp('log')}`
const name = 'the listener of a test'
const terminate = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = $1 and datname = current_database()`

/** A listener on a database, through a proxy. `wakes`: the number of wake-ups; `changes`: the calls of `changed`. */
async function listening(options: { readonly healthCheckEveryMs?: number; readonly queryMsMax?: number } = {}) {
  const url = await freshDatabase(clean)
  const database = openDatabase(clean, url)
  const proxy = await stallingProxy(Number(new URL(url).port), clean)
  const through = new URL(url)
  through.port = String(proxy.port)
  const changes: (string | null)[] = []
  const changed = (why: string | null) => void changes.push(why)
  const listener = new PostgresListener({ url: through.href, applicationName: name, changed, ...options })
  clean(() => listener.close())
  await listener.start(() => database.once(notify))
  let wakes = 0
  listener.onWake(() => {
    wakes += 1
  })
  return { url, database, proxy, listener, changes, wakes: () => wakes }
}

/** Waits until notifications wake again. The listener may be reconnecting, so several are sent. */
async function receivesAgain({ database, wakes }: Awaited<ReturnType<typeof listening>>): Promise<void> {
  const before = wakes()
  await expect
    .poll(
      async () => {
        await database.once(notify)
        return wakes()
      },
      { timeout: 30_000, interval: 100 },
    )
    .toBeGreaterThan(before + 1)
}

test('each notification of another connection wakes, until it is closed', async () => {
  const rig = await listening()
  await rig.database.once(notify)
  await expect.poll(rig.wakes, { timeout: 30_000 }).toBe(1)
  rig.listener.close()
  await rig.database.once(notify)
  await sleep(200)
  expect(rig.wakes()).toBe(1)
})

test('a listener whose connection the server ends listens again, and wakes once for what was appended meanwhile', async () => {
  const rig = await listening()
  await rig.database.once(terminate, name)
  await expect.poll(rig.wakes, { timeout: 30_000 }).toBe(1)
  expect(rig.listener.isListening).toBe(true)
  await receivesAgain(rig)
  expect(rig.changes).toEqual([expect.stringMatching(/./), null])
})

test('a connection that is open and does not answer the health check is replaced', async () => {
  const rig = await listening({ healthCheckEveryMs: 600, queryMsMax: 400 })
  rig.proxy.stall()
  await rig.database.once(notify)
  await expect.poll(() => rig.changes.length, { timeout: 30_000 }).toBe(1)
  expect(rig.wakes()).toBe(0)
  rig.proxy.goOn()
  await receivesAgain(rig)
  expect(rig.changes).toEqual([expect.stringMatching(/./), null])
})

test('a start where notifications go to another database is refused', async () => {
  const url = await freshDatabase(clean)
  const other = openDatabase(clean, await freshDatabase(clean))
  const listener = new PostgresListener({ url, applicationName: name, changed: () => {} })
  await expect(listener.start(() => other.once(notify))).rejects.toBeInstanceOf(NotificationsNotReceived)
  expect(listener.isListening).toBe(false)
})
