import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Alert } from '../../../src/domain/alert-types.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { openProblem } from '../../../src/http/cors.ts'
import { Hub } from '../../../src/hub/hub.ts'
import type { HubLimits } from '../../../src/hub/hub-limits.ts'
import type { Entry } from '../../../src/log/log.ts'
import { Connections } from '../../../src/node/server/connections.ts'
import type { PeerConnection } from '../../../src/node/server/peer-connection.ts'
import type { Take } from '../../../src/node/server/peer-limits.ts'
import { createHttpServer, listen, type ServerTimeouts } from '../../../src/node/server/server.ts'
import { acceptStreams } from '../../../src/node/streams/accept-streams.ts'
import { Admission } from '../../../src/node/streams/admission.ts'
import { serveEventStream } from '../../../src/node/streams/event-stream.ts'
import { openWriteBatch } from '../../../src/node/streams/io-uring/write-batch.ts'
import { JoinQueue } from '../../../src/node/streams/join-queue.ts'
import { serveSockets } from '../../../src/node/streams/socket.ts'
import { StreamCounters } from '../../../src/node/streams/stream-counters.ts'
import { parseStreamRequest } from '../../../src/protocol/stream-request.ts'
import { entryOf, newsroom } from '../samples.ts'

type Options = {
  readonly perSecondMax?: number
  readonly now?: () => number
  readonly ioUring?: boolean
  readonly socketWriter?: 'raw' | 'ws'
  readonly streamWriter?: 'raw' | 'node'
  readonly timeouts?: ServerTimeouts
  /** What a request for an event stream waits for, past Node's parser. */
  readonly beforeEvents?: () => Promise<void>
  /** Awaited between a handshake and its reader's place, as a key is looked up there. */
  readonly beforeEnter?: (incoming: IncomingMessage) => Promise<void>
}

/** The real hub, the real sockets and event streams in this process, over a list instead of a log. */
export async function liveServer(
  limits: Partial<HubLimits> = {},
  {
    perSecondMax = 1_000,
    now = Date.now,
    ioUring = true,
    socketWriter = 'raw',
    streamWriter = 'raw',
    beforeEnter,
    beforeEvents,
    timeouts,
  }: Options = {},
) {
  const streamCounters = new StreamCounters()
  const report = (error: unknown) => {
    throw error
  }
  const writeBatch = openWriteBatch(ioUring, { report, debug() {} })
  const entries: Entry[] = []
  const hub = new Hub({
    bounds: { epoch: 'e', floor: 1, head: 0 },
    log: { after: async (cursor, limit) => entries.slice(cursor, cursor + limit) },
    newsroom,
    now: Date.now,
    soon: (act) => void setImmediate(act),
    writeBatch: (step) => writeBatch.step(step),
    report,
    limits,
  })
  const joinQueue = new JoinQueue({ hub, now, soon: (act) => void setImmediate(act) })
  const admission = new Admission({ connectionsMax: 100, perAddressMax: 0, perSecondMax }, now)
  const deps = {
    hub,
    newsroom,
    admission,
    streamCounters,
    writeBatch,
    socketWriter,
    joinQueue,
    addressOf: () => '',
  }
  const parse = (url = '/', lastEventId?: string) =>
    parseStreamRequest(new URL(url, 'http://host').searchParams, newsroom, false, lastEventId)
  const connections = new Connections()
  const answer = (request: Request, env: object) => {
    if (new URL(request.url).pathname !== '/v1/events') return new Response('not here', { status: 404 })
    const lastEventId = request.headers.get('last-event-id') ?? undefined
    const bindings = env as HttpBindings
    try {
      admission.countArrival(bindings.incoming.socket)
      return serveEventStream(deps, parse(request.url, lastEventId), bindings)
    } catch (error) {
      if (error instanceof Problem) return openProblem(error)
      throw error
    }
  }
  const server = createHttpServer(answer, timeouts, undefined, connections)
  serveSockets(server, {
    ...deps,
    request: (incoming) =>
      beforeEnter === undefined ? parse(incoming.url) : beforeEnter(incoming).then(() => parse(incoming.url)),
  })
  const request = (incoming: Pick<IncomingMessage, 'url' | 'headers'>) => {
    const ask = () => parse(incoming.url, incoming.headers['last-event-id']?.toString())
    return beforeEvents === undefined ? ask() : beforeEvents().then(ask)
  }
  const verdicts: ReturnType<Take<PeerConnection>>[] = []
  const take = acceptStreams(server, { ...deps, request })
  if (streamWriter === 'raw')
    connections.askFirst((bytes, peer) => {
      const verdict = take(bytes, peer)
      verdicts.push(verdict)
      return verdict
    })
  const url = await listen(server, '127.0.0.1', 0)
  return {
    url,
    hub,
    streamCounters,
    admission,
    faults: connections.faults,
    /** What became of the first bytes of each request. */
    verdicts,
    append(more: Partial<Alert> = {}): void {
      const entry = entryOf(entries.length + 1, more)
      entries.push(entry)
      hub.deliver(entry)
    },
    close(): Promise<void> {
      server.closeAllConnections()
      hub.closeSome(1_000, 1001, 'over')
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
