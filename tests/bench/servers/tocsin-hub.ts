import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { eventRoutes } from '../../../src/http/api/events.ts'
import { createPart } from '../../../src/http/app.ts'
import { Hub } from '../../../src/hub/hub.ts'
import type { Entry } from '../../../src/log/log.ts'
import { Connections } from '../../../src/node/server/connections.ts'
import { createHttpServer, serverTimeouts } from '../../../src/node/server/server.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { acceptStreams } from '../../../src/node/streams/accept-streams.ts'
import { Admission } from '../../../src/node/streams/admission.ts'
import { serveEventStream } from '../../../src/node/streams/event-stream.ts'
import { startHeartbeats } from '../../../src/node/streams/hub-feed.ts'
import { openWriteBatch } from '../../../src/node/streams/io-uring/write-batch.ts'
import { JoinQueue } from '../../../src/node/streams/join-queue.ts'
import { serveSockets } from '../../../src/node/streams/socket.ts'
import { streamRequests } from '../../../src/node/streams/socket-request.ts'
import { StreamCounters } from '../../../src/node/streams/stream-counters.ts'
import { WarmUp } from '../../../src/node/streams/warm-up.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { entryOf, epoch, newsroom } from '../common/message.ts'
import { takeOrders } from '../common/report.ts'

/**
 * The real hub and the real sockets, with welcome, position, heartbeats and limits; only the log is left out. `entry`: what
 * is published as the entry of this seq.
 */
export async function serveTocsin(
  ioUring: boolean,
  streamWriter: 'raw' | 'node' = 'raw',
  entry: (seq: number) => Entry = entryOf,
): Promise<void> {
  const report = (trouble: unknown, doing: string) => {
    throw new Error(`while ${doing}`, { cause: trouble })
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
  const admission = new Admission({ connectionsMax: 65_000, perAddressMax: 0, perSecondMax: 100_000 }, Date.now)
  const joinQueue = new JoinQueue({ hub, now: Date.now, soon: (act) => void setImmediate(act) })
  const streamCounters = new StreamCounters()
  const addressOf = (request: Pick<IncomingMessage, 'socket'>) => request.socket.remoteAddress ?? ''
  const streaming = { hub, newsroom, admission, streamCounters, writeBatch, joinQueue, addressOf }
  const asking = { newsroom, editors, now: Date.now, publicUrl: null, trustProxy: false }
  const app = createPart({ ...asking, report })
  eventRoutes(app, {
    newsroom,
    async events(request, raw) {
      admission.countArrival()
      await joinQueue.turn()
      return serveEventStream(streaming, request, raw as HttpBindings)
    },
  })
  const connections = new Connections()
  const server = createHttpServer((request, env) => app.fetch(request, env), serverTimeouts, undefined, connections)
  const request = streamRequests(asking, '/v1/events')
  if (streamWriter === 'raw') connections.askFirst(acceptStreams(server, { ...streaming, request }))
  serveSockets(server, { ...streaming, request: streamRequests(asking) })
  const warmUp = new WarmUp({ newsroom, writeBatch, socketWriter: 'raw', now: Date.now, report })
  await warmUp.done
  startHeartbeats(hub)
  setInterval(() => warmUp.again(), 1_000)

  takeOrders(server, (seq) => hub.deliver(entry(seq)))
}
