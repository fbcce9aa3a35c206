import { Hub } from '../../../src/hub/hub.ts'
import { createHttpServer } from '../../../src/node/server/server.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { Admission } from '../../../src/node/streams/admission.ts'
import { startHeartbeats } from '../../../src/node/streams/hub-feed.ts'
import { openWriteBatch } from '../../../src/node/streams/io-uring/write-batch.ts'
import { JoinQueue } from '../../../src/node/streams/join-queue.ts'
import { serveSockets } from '../../../src/node/streams/socket.ts'
import { socketRequests } from '../../../src/node/streams/socket-request.ts'
import { StreamCounters } from '../../../src/node/streams/stream-counters.ts'
import { WarmUp } from '../../../src/node/streams/warm-up.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { entryOf, epoch, newsroom } from '../common/message.ts'
import { takeOrders } from '../common/report.ts'

/** The real hub and the real sockets, with welcome, position, heartbeats and limits; only the log is left out. */
export async function serveTocsin(ioUring: boolean): Promise<void> {
  const report = (error: unknown, doing: string) => {
    throw new Error(`while ${doing}`, { cause: error })
  }
  const writeBatch = openWriteBatch(ioUring, { report, debug: console.error })
  const hub = new Hub({
    bounds: { epoch, floor: 1, head: 0 },
    log: { after: () => Promise.reject(new Error('the bench has no log to read')) },
    newsroom,
    now: Date.now,
    soon: (act) => void setImmediate(act),
    writeBatch: (step) => writeBatch.step(step),
    report,
  })
  const editors = new SqliteEditors(openSqlite(':memory:'))
  const server = createHttpServer(() => new Response(null, { status: 404 }))
  serveSockets(server, {
    hub,
    newsroom,
    admission: new Admission({ connectionsMax: 65_000, perAddressMax: 0, perSecondMax: 100_000 }, Date.now),
    streamCounters: new StreamCounters(),
    writeBatch,
    joinQueue: new JoinQueue({ hub, now: Date.now, soon: (act) => void setImmediate(act) }),
    addressOf: (request) => request.socket.remoteAddress ?? '',
    request: socketRequests({ newsroom, editors, now: Date.now, publicUrl: null }),
  })
  const rehearsal = new WarmUp({ newsroom, writeBatch, now: Date.now, report })
  await rehearsal.done
  startHeartbeats(hub)
  setInterval(() => rehearsal.again(), 1_000)

  takeOrders(server, (seq) => hub.deliver(entryOf(seq)))
}
