import { expect, test } from 'vitest'
import { Hub } from '../../src/hub.ts'
import { Admission } from '../../src/node/admission.ts'
import { beginningOf } from '../../src/node/beginning.ts'
import { Newcomers } from '../../src/node/newcomers.ts'
import { createHttpServer, listen } from '../../src/node/server.ts'
import { serveSockets } from '../../src/node/socket.ts'
import { socketRequests } from '../../src/node/socket-request.ts'
import { openSqlite } from '../../src/node/sqlite.ts'
import { Tally } from '../../src/node/tally.ts'
import { openTogether } from '../../src/node/together.ts'
import type { Sql } from '../../src/store/sql.ts'
import { SqliteEditors } from '../../src/store/sqlite-editors.ts'
import { SqliteLog } from '../../src/store/sqlite-log.ts'
import { hangUp, listenRaw } from '../support/raw-listener.ts'
import { newAlert, newsroom } from '../support/samples.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const readersCount = 400
const entriesCount = 120
const entriesBehind = 50

/** Real sockets over a real database, as after a restart; every read of the log's entries is noted. */
async function restarted() {
  const file = openSqlite(':memory:')
  const reads: string[] = []
  const sql: Sql = {
    ...file,
    all(statement, ...values) {
      if (statement.includes('from entries where seq > ?')) reads.push(statement)
      return file.all(statement, ...values)
    },
  }
  const log = new SqliteLog(sql, 'e')
  for (let seq = 1; seq <= entriesCount; seq += 1) await log.append(newAlert(`alert-${seq}`), `key-${seq}`)
  expect(reads).toEqual([])
  const report = (trouble: unknown) => {
    throw trouble
  }
  const together = openTogether(true, { report, debug() {} })
  const hub = new Hub({
    ...(await beginningOf(log)),
    log,
    newsroom,
    now: Date.now,
    soon: (act) => void setImmediate(act),
    together: (step) => together.step(step),
    report,
  })
  const server = createHttpServer(() => new Response(null, { status: 404 }))
  serveSockets(server, {
    ...{ hub, newsroom },
    admission: new Admission({ connectionsMax: readersCount, perAddressMax: 0, perSecondMax: 10_000 }, Date.now),
    tally: new Tally(),
    together,
    newcomers: new Newcomers({ hub, now: Date.now, soon: (act) => void setImmediate(act) }),
    addressOf: () => '',
    request: socketRequests({ newsroom, editors: new SqliteEditors(file), now: Date.now, publicUrl: null }),
  })
  clean(() => void server.close())
  return { url: await listen(server, '127.0.0.1', 0), hub, reads }
}

test('all who come back at once after a restart are live again, with everything, after one read of the database', async () => {
  const { url, hub, reads } = await restarted()
  const queries = ['languages=en', 'languages=fa,en', 'languages=*&level=routine', 'languages=fa&level=urgent']
  const cursor = `e.${entriesCount - entriesBehind}`
  const readers = await Promise.all(
    Array.from({ length: readersCount }, (_, index) =>
      listenRaw(url, `?${queries[index % queries.length]}&after=${cursor}`),
    ),
  )
  await Promise.all(readers.map(({ frame }) => frame(({ type }) => type === 'live')))
  expect(reads).toHaveLength(1)
  expect(hub.states()).toEqual({ live: readersCount, behind: 0, full: 0 })
  const missed = Array.from({ length: entriesBehind }, (_, index) => entriesCount - entriesBehind + 1 + index)
  for (const reader of readers) expect(reader.seqs()).toEqual(missed)
  for (const reader of readers) await hangUp(reader)
})
