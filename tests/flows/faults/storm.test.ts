import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Hub } from '../../../src/hub/hub.ts'
import { startReads } from '../../../src/node/reads/reads.ts'
import { createHttpServer } from '../../../src/node/server/server.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { Admission } from '../../../src/node/streams/admission.ts'
import { openWriteBatch } from '../../../src/node/streams/io-uring/write-batch.ts'
import { JoinQueue } from '../../../src/node/streams/join-queue.ts'
import { beginningOf } from '../../../src/node/streams/recent-entries.ts'
import { serveSockets } from '../../../src/node/streams/socket.ts'
import { streamRequests } from '../../../src/node/streams/socket-request.ts'
import { StreamCounters } from '../../../src/node/streams/stream-counters.ts'
import type { Sql } from '../../../src/store/sql.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { newAlert, newsroom } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { signed, signing } from '../../support/signing/published-signing.ts'
import { hangUp, listenRaw } from '../../support/streams/raw-listener.ts'

const clean = cleaning()
const readersCount = 400
const entriesCount = 120
const entriesBehind = 50

/**
 * Real sockets over a real database, with the thread of the reads between, as after a restart. Every read of entries is
 * noted: what the thread with the sockets reads, and what it asks the thread of the reads for. That thread answers when all
 * readers have come.
 */
async function restarted(inMemory = entriesCount) {
  const databasePath = join(scratchFolder(clean), 'tocsin.db')
  const file = openSqlite(databasePath)
  const here: string[] = []
  const asked: number[] = []
  const sql: Sql = {
    ...file,
    all(statement, ...values) {
      if (/\balert\b.* from entries/s.test(statement)) here.push(statement)
      return file.all(statement, ...values)
    },
  }
  const log = new SqliteLog(sql, 'e')
  for (let seq = 1; seq <= entriesCount; seq += 1) await log.append(newAlert(`alert-${seq}`), `key-${seq}`)
  const report = (error: unknown) => {
    throw error
  }
  const vapid = { keyId: 'k', publicKey: 'key', older: [], subject: null }
  const wanted = { newsroom, vapid, signed, publicUrl: null }
  const reads = startReads({
    ...{
      address: { kind: 'sqlite', path: databasePath },
      epoch: 'e',
      indexes: false,
      signingKey: signing.seed,
      wanted,
      log,
      report,
    },
    addressOf: () => '',
    now: Date.now,
    fault: () => null,
  })
  const writeBatch = openWriteBatch(true, { report, debug() {} })
  here.length = 0
  const { bounds, recent } = await beginningOf(log)
  const atStart = here.splice(0).length
  let allHaveCome = () => {}
  const come = new Promise<void>((resolve) => {
    allHaveCome = resolve
  })
  const hub = new Hub({
    bounds,
    recent: recent.slice(-inMemory),
    log: {
      async after(cursor, limit, interest) {
        asked.push(cursor)
        await come
        return reads.log.after(cursor, limit, interest)
      },
    },
    newsroom,
    now: Date.now,
    soon: (act) => void setImmediate(act),
    writeBatch: (step) => writeBatch.step(step),
    report,
  })
  const server = createHttpServer(() => new Response(null, { status: 404 }))
  serveSockets(server, {
    ...{ hub, newsroom },
    admission: new Admission({ connectionsMax: readersCount, perAddressMax: 0, perSecondMax: 10_000 }, Date.now),
    streamCounters: new StreamCounters(),
    writeBatch,
    joinQueue: new JoinQueue({ hub, now: Date.now, soon: (act) => void setImmediate(act) }),
    addressOf: () => '',
    request: streamRequests({ newsroom, editors: new SqliteEditors(file), now: Date.now, publicUrl: null }),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(async () => {
    server.closeAllConnections()
    server.close()
    await reads.stop()
    file.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, hub, here, asked, atStart, allHaveCome }
}

const queries = ['languages=en', 'languages=fa,en', 'languages=*&level=routine', 'languages=fa&level=urgent']

/** All come back at once, and are live again with all that they missed. */
async function comeBack({ url, hub, allHaveCome }: Awaited<ReturnType<typeof restarted>>): Promise<void> {
  const cursor = `e.${entriesCount - entriesBehind}`
  const readers = await Promise.all(
    Array.from({ length: readersCount }, (_, index) =>
      listenRaw(url, `?${queries[index % queries.length]}&after=${cursor}`),
    ),
  )
  expect(hub.size).toBe(readersCount)
  allHaveCome()
  await Promise.all(readers.map(({ frame }) => frame(({ type }) => type === 'live')))
  expect(hub.states()).toEqual({ live: readersCount, behind: 0, full: 0 })
  const missed = Array.from({ length: entriesBehind }, (_, index) => entriesCount - entriesBehind + 1 + index)
  for (const reader of readers) expect(reader.seqs()).toEqual(missed)
  for (const reader of readers) await hangUp(reader)
}

test('all who come back at once after a restart are live again, with everything, after one read of the database', async () => {
  const service = await restarted()
  await comeBack(service)
  expect([service.atStart, service.here, service.asked]).toEqual([1, [], []])
})

test('readers whose cursor is older than the entries in memory share reads by interest, in the read thread alone', async () => {
  const service = await restarted(entriesBehind - 1)
  await comeBack(service)
  expect(service.here).toEqual([])
  expect(service.asked).toEqual(queries.map(() => entriesCount - entriesBehind))
})
