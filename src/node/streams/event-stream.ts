import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { openHeaders } from '../../http/cors.ts'
import type { Hub } from '../../hub/hub.ts'
import type { KeyWatch } from '../../hub/key-watch.ts'
import type { Connection, Subscriber } from '../../hub/subscriber.ts'
import { eventStreamHeaders, eventText, retryText, welcomeHeaders } from '../../protocol/event-encoding.ts'
import type { Encoding, Frame } from '../../protocol/messages.ts'
import type { StreamRequest } from '../../protocol/stream-request.ts'
import type { StreamTerms } from '../../protocol/terms/stream-terms.ts'
import { peerOf } from '../server/peer-connection.ts'
import type { Admission } from './admission.ts'
import type { WriteBatch } from './io-uring/write-batch.ts'
import type { StreamCounters } from './stream-counters.ts'

/** How long a browser waits before it reconnects. */
const retryMs = 2_000
/** From the end of a stream to the end of its connection, in milliseconds, whatever the peer does. */
const endMs = 1_000

/** Events as text, for `ServerResponse`, which adds chunked coding; HTTP/1.0 has none. */
export const textEncoding: Encoding = {
  name: 'event-texts',
  frame(message) {
    const text = eventText(message)
    return text === null ? null : Buffer.from(text)
  },
}

/** The first bytes of an event stream: the `retry` field. */
export const firstEvent = retryText(retryMs)

/** The header fields of an event stream, in the order of sending. The connection closes after the stream. */
export function eventStreamFields(heartbeatSeconds: number, terms?: StreamTerms): Readonly<Record<string, string>> {
  return {
    ...welcomeHeaders(terms, heartbeatSeconds),
    Connection: 'close',
    ...eventStreamHeaders,
    ...openHeaders,
    'X-Content-Type-Options': 'nosniff',
  }
}

/** What an event stream needs, however its bytes are written. */
export type EventStreamDeps = {
  readonly hub: Hub
  readonly admission: Admission
  readonly streamCounters: StreamCounters
  readonly writeBatch: WriteBatch
  readonly addressOf: (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string
  /** Watches subscribers of test alerts, who must leave when their credential ends. */
  readonly watch?: KeyWatch['watch']
}

/** An event stream through Node's `ServerResponse`, which writes the head, the chunks and the end. */
class ResponseEventStream implements Connection {
  readonly wire = textEncoding
  readonly #response: ServerResponse
  readonly #streamCounters: StreamCounters

  constructor(response: ServerResponse, streamCounters: StreamCounters) {
    this.#response = response
    this.#streamCounters = streamCounters
  }

  write(frame: Frame): boolean {
    if (this.#response.destroyed || this.#response.writableEnded) return true
    this.#streamCounters.writes.events += 1
    return this.#response.write(frame)
  }

  close(code: number): void {
    this.#streamCounters.cut(code)
    const { socket } = this.#response
    this.#response.end()
    if (socket !== null) destroySoon(socket)
  }

  beat(): void {
    // Nothing to check: when the heartbeat is not acknowledged, the kernel closes the connection.
  }
}

/**
 * Streams events to one reader through `ServerResponse`. This is the plain implementation: for requests in an unusual
 * form, and for all of them with STREAM_WRITER=node. Throws a Problem (429, 503) when there is no room.
 */
export function serveEventStream(
  { hub, admission, streamCounters, addressOf, watch }: EventStreamDeps,
  { interest, after, credential, ...asked }: StreamRequest,
  { incoming, outgoing }: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
): Response {
  const { socket } = incoming
  // A peer that has disconnected would be counted, and its slot never given back.
  if (socket.destroyed) return RESPONSE_ALREADY_SENT
  const address = addressOf(incoming)
  admission.enter(address)
  const fields = eventStreamFields(hub.limits.heartbeatSeconds, asked.terms)
  if (incoming.method === 'HEAD') {
    admission.leave(address)
    outgoing.writeHead(200, {
      ...fields,
      ...(incoming.httpVersion === '1.0' ? {} : { 'Transfer-Encoding': 'chunked' }),
    })
    outgoing.end()
    return RESPONSE_ALREADY_SENT
  }
  outgoing.writeHead(200, fields)
  peerOf(socket)?.becomeReader()
  socket.setTimeout(0)
  outgoing.write(firstEvent)
  streamCounters.countResume(hub, after)
  const subscriber: Subscriber = hub.join(new ResponseEventStream(outgoing, streamCounters), interest, after, asked)
  if (credential) watch?.(subscriber, credential)
  outgoing.on('drain', () => hub.drained(subscriber))
  outgoing.once('close', () => {
    hub.leave(subscriber)
    admission.leave(address)
  })
  return RESPONSE_ALREADY_SENT
}

/**
 * Closes a connection when its last bytes are sent, or after `endMs`: a peer that does not read would hold it for ever.
 */
export function destroySoon(socket: Socket): void {
  socket.destroySoon()
  setTimeout(() => socket.destroy(), endMs).unref()
}
