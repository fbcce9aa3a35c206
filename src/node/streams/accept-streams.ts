import type { IncomingMessage, Server } from 'node:http'
import type { StreamRequest } from '../../protocol/stream-request.ts'
import { headBytesMax, type RequestHead, readRequestHead } from '../server/parsing/request-head.ts'
import type { PeerConnection } from '../server/peer-connection.ts'
import type { Take } from '../server/peer-limits.ts'
import { checkRequest, wantsSocket } from '../server/request-check.ts'
import type { EventStreamDeps } from './event-stream.ts'
import type { JoinQueue } from './join-queue.ts'
import { beginRawEventStream } from './raw-event-stream.ts'
import type { StreamRequests } from './socket-request.ts'

const requestsBegin = ['GET /v1/events', 'GET /v1/socket']
const beginLength = 'GET /v1/socket'.length
const eventsPath = /^\/v1\/events(?:\?|$)/
const socketPath = /^\/v1\/socket(?:\?|$)/
/** Values of the Connection header with which clients and proxies ask for an event stream. */
const plainConnection = /^(?:close|keep-alive)$/i
const asksForUpgrade = /(?:^|,)[\t ]*upgrade[\t ]*(?:,|$)/i
const nothing = Buffer.alloc(0)

/** What beginning an event stream without Node's parser needs. */
export type AcceptDeps = EventStreamDeps & {
  readonly joinQueue: JoinQueue
  /** Reads a request for an event stream; throws a Problem. */
  readonly request: StreamRequests
}

/**
 * Takes requests for streams in their usual form without Node's parser, which is most of the cost of a connection. An
 * upgrade is passed to the server's `upgrade` event, and an event stream begins here. Every other request, and every
 * request that must be refused, is left to Node's parser and the app.
 */
export function acceptStreams(server: Server, deps: AcceptDeps): Take<PeerConnection> {
  return (bytes, peer) => {
    if (!beginsAsStream(bytes)) return 'left'
    const head = readRequestHead(bytes, peer.socket)
    if (head === null) return bytes.length < headBytesMax && !bytes.includes('\r\n\r\n') ? 'incomplete' : 'left'
    const isTaken = socketPath.test(head.url)
      ? takeUpgrade(server, head, peer)
      : eventsPath.test(head.url) && takeEvents(deps, head, peer, bytes)
    return isTaken ? 'taken' : 'left'
  }
}

/** Whether the bytes so far may begin the path of a stream. */
function beginsAsStream(bytes: Buffer): boolean {
  const begin = bytes.toString('latin1', 0, Math.min(beginLength, bytes.length))
  return requestsBegin.some((request) => request.startsWith(begin))
}

function takeUpgrade(server: Server, head: RequestHead, peer: PeerConnection): boolean {
  if (head.httpVersion !== '1.1' || !asksForUpgrade.test(head.headers.connection ?? '') || !wantsSocket(head))
    return false
  // The first listener is the server's own; the second one serves sockets.
  if (peer.isAttached || server.listenerCount('upgrade') < 2) return false
  return server.emit('upgrade', head as IncomingMessage, peer.socket, nothing)
}

function takeEvents(deps: AcceptDeps, head: RequestHead, peer: PeerConnection, bytes: Buffer): boolean {
  const { connection, upgrade, host } = head.headers
  // An empty Host is valid (RFC 9112 §3.2), but the app refuses it.
  if (host === '') return false
  if (upgrade !== undefined || (connection !== undefined && !plainConnection.test(connection))) return false
  // Reading a socket's remote address is a system call, so only limits by address ask for it.
  const address = deps.admission.countsAddresses ? deps.addressOf(head) : ''
  if (!deps.admission.acceptsArrivals || !deps.admission.hasRoom(address)) return false
  let asked: StreamRequest | Promise<StreamRequest>
  try {
    checkRequest(head)
    asked = deps.joinQueue.mustWait ? deps.joinQueue.turn().then(() => deps.request(head)) : deps.request(head)
  } catch {
    // The app answers with the reason.
    return false
  }
  deps.admission.countArrival()
  peer.awaitStream()
  const refuse = () => {
    deps.admission.passOn(peer.socket)
    peer.refuseStream(bytes)
  }
  const begin = (request: StreamRequest) => {
    if (!peer.socket.writable) return
    if (!deps.admission.hasRoom(address)) return refuse()
    peer.becomeReader()
    beginRawEventStream(deps, request, peer, { isChunked: head.httpVersion === '1.1', address })
  }
  // Most requests need not wait. A storm of them then creates no promises.
  if (asked instanceof Promise) void asked.then(begin, refuse)
  else begin(asked)
  return true
}
