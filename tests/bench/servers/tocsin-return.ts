import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Hub } from '../../../src/hub/hub.ts'
import { Connections } from '../../../src/node/server/connections.ts'
import { createHttpServer, serverTimeouts } from '../../../src/node/server/server.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { acceptStreams } from '../../../src/node/streams/accept-streams.ts'
import { Admission } from '../../../src/node/streams/admission.ts'
import { openWriteBatch } from '../../../src/node/streams/io-uring/write-batch.ts'
import { JoinQueue } from '../../../src/node/streams/join-queue.ts'
import { serveSockets } from '../../../src/node/streams/socket.ts'
import { streamRequests } from '../../../src/node/streams/socket-request.ts'
import { StreamCounters } from '../../../src/node/streams/stream-counters.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { entryOf, epoch, newsroom } from '../common/message.ts'
import { takeOrders } from '../common/report.ts'

// The real hub after a restart: what lies behind the head is in the log alone, and reading it is counted.
const before = Array.from({ length: 60 }, (_, index) => entryOf(index + 1))
let reads = 0
const report = (error: unknown, doing: string) => {
  throw new Error(`while ${doing}`, { cause: error })
}
const writeBatch = openWriteBatch(true, { report, debug: console.error })
const hub = new Hub({
  bounds: { epoch, floor: 1, head: before.length },
  recent: before,
  log: {
    async after(cursor, limit) {
      reads += 1
      await sleep(1)
      return before.slice(cursor, cursor + limit)
    },
  },
  newsroom,
  now: Date.now,
  soon: (act) => void setImmediate(act),
  writeBatch: (step) => writeBatch.step(step),
  report,
})
const editors = new SqliteEditors(openSqlite(':memory:'))
const connections = new Connections()
const server = createHttpServer(() => new Response(String(reads)), serverTimeouts, undefined, connections)
const asking = { newsroom, editors, now: Date.now, publicUrl: null }
const streaming = {
  hub,
  newsroom,
  admission: new Admission({ connectionsMax: 65_000, perAddressMax: 0, perSecondMax: 100_000 }, Date.now),
  streamCounters: new StreamCounters(),
  writeBatch,
  joinQueue: new JoinQueue({ hub, now: Date.now, soon: (act) => void setImmediate(act) }),
  addressOf: (request: Pick<IncomingMessage, 'socket'>) => request.socket.remoteAddress ?? '',
}
serveSockets(server, { ...streaming, request: streamRequests(asking) })
connections.askFirst(acceptStreams(server, { ...streaming, request: streamRequests(asking, '/v1/events') }))

let seq = before.length
takeOrders(server, () => {
  seq += 1
  hub.deliver(entryOf(seq))
})
