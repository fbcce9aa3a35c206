import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { eventStreamHeaders } from '../../http/api/event-refusal.ts'
import { openHeaders } from '../../http/cors.ts'
import type { Hub } from '../../hub/hub.ts'
import type { KeyWatch } from '../../hub/key-watch.ts'
import type { Connection, Subscriber } from '../../hub/subscriber.ts'
import { type Encoding, eventText, type Frame } from '../../protocol/messages.ts'
import type { StreamRequest } from '../../protocol/stream-request.ts'
import { peerOf } from '../server/peer-connection.ts'
import type { Admission } from './admission.ts'
import { RawWriter } from './io-uring/raw-write.ts'
import type { WriteBatch } from './io-uring/write-batch.ts'
import type { StreamCounters } from './stream-counters.ts'

/** How long a browser waits before it reconnects by itself. */
const retryMs = 2_000

/** Events as chunks of HTTP/1.1 (RFC 9112 §7.1): one shared buffer goes to each connection as it is. */
export const eventEncoding: Encoding = {
  name: 'events',
  frame(message) {
    const text = eventText(message)
    return text === null ? null : chunk(text)
  },
}

/** Events for HTTP/1.0 peers, who know no chunks. */
const plainEventWire: Encoding = {
  name: 'plain-events',
  frame(message) {
    const text = eventText(message)
    return text === null ? null : Buffer.from(text)
  },
}

const headers = {
  ...eventStreamHeaders,
  ...openHeaders,
  'X-Content-Type-Options': 'nosniff',
}

type Deps = {
  readonly hub: Hub
  readonly admission: Admission
  readonly streamCounters: StreamCounters
  readonly writeBatch: WriteBatch
  readonly addressOf: (request: IncomingMessage) => string
  /** Told of those who hear test alerts, and by which credential. */
  readonly watch?: KeyWatch['watch']
}

class EventConnection implements Connection {
  readonly wire: Encoding
  readonly #raw: Duplex
  readonly #writer: RawWriter
  readonly #response: ServerResponse
  readonly #streamCounters: StreamCounters

  constructor(wire: Encoding, raw: Duplex, response: ServerResponse, { streamCounters, writeBatch }: Deps) {
    this.wire = wire
    this.#streamCounters = streamCounters
    this.#raw = raw
    this.#writer = new RawWriter(raw, writeBatch)
    this.#response = response
  }

  write(frame: Frame): boolean {
    if (this.#raw.destroyed) return true
    this.#streamCounters.writes.events += 1
    return this.#writer.write(frame)
  }

  close(code: number): void {
    this.#streamCounters.cut(code)
    this.#response.end()
    // What is still to be written to a reader who does not read would hold the connection for ever.
    setTimeout(() => this.#raw.destroy(), 1_000).unref()
  }

  beat(): void {
    // The heartbeat itself finds a dead peer: it is not acknowledged, and the kernel gives up.
  }
}

/** Streams events to one reader on the raw connection. Throws a Problem (503) when there is no room. */
export function streamEvents(
  deps: Deps,
  request: StreamRequest,
  { incoming, outgoing }: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
): Response {
  const raw = incoming.socket
  // Whoever has gone meanwhile would take a place that nobody gives back.
  if (raw.destroyed) return RESPONSE_ALREADY_SENT
  // A stream writes past the answer: another's bytes may not be on their way before it.
  if (outgoing.socket !== raw) throw new Error('an event stream before its turn on its connection')
  const address = deps.addressOf(incoming)
  deps.admission.enter(address)
  const chunked = incoming.httpVersion !== '1.0'
  // What the socket's welcome tells: an event stream begins with what the reader has missed.
  outgoing.setHeader('Heartbeat-Seconds', deps.hub.limits.heartbeatSeconds)
  // The stream is the last answer of its connection.
  if (incoming.method !== 'HEAD') outgoing.setHeader('Connection', 'close')
  outgoing.writeHead(200, chunked ? { ...headers, 'Transfer-Encoding': 'chunked' } : headers)
  outgoing.flushHeaders()
  if (incoming.method === 'HEAD') {
    deps.admission.leave(address)
    outgoing.end()
    return RESPONSE_ALREADY_SENT
  }
  peerOf(raw)?.becomeReader()
  incoming.socket.setTimeout(0)
  incoming.socket.setNoDelay(true)
  const wire = chunked ? eventEncoding : plainEventWire
  const retry = `retry: ${retryMs}\n\n`
  raw.write(chunked ? chunk(retry) : retry)
  const connection = new EventConnection(wire, raw, outgoing, deps)
  deps.streamCounters.comes(deps.hub, request.after)
  const { interest, after, isNarrowed } = request
  const subscriber: Subscriber = deps.hub.join(connection, interest, after, isNarrowed)
  if (request.credential) deps.watch?.(subscriber, request.credential)
  const onDrain = () => deps.hub.drained(subscriber)
  raw.on('drain', onDrain)
  outgoing.once('close', () => {
    raw.off('drain', onDrain)
    deps.hub.leave(subscriber)
    deps.admission.leave(address)
  })
  return RESPONSE_ALREADY_SENT
}

function chunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
}
