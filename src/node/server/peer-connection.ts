import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { NodeParser } from './parsing/node-parser.ts'
import { type AnswerProgress, latenessOf } from './peer-clock.ts'
import type { PeerFault } from './peer-faults.ts'
import type { PeerLimits, PeerState } from './peer-limits.ts'

type Exchange = { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }

/** Takes a connection by a request's first bytes. `left`: for Node's parser; `incomplete`: more bytes are needed. */
export type Take = (bytes: Buffer, peer: PeerConnection) => 'taken' | 'left' | 'incomplete'

type World = {
  readonly limits: PeerLimits
  readonly now: () => number
  readonly fault: (kind: PeerFault) => void
  /** Never rejects. */
  readonly handle: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>
  readonly changed: (peer: PeerConnection) => void
  /** Gives a connection to Node's parser. */
  readonly attach: (socket: Socket) => void
  readonly take: Take
}

const peerKey: unique symbol = Symbol('peer')
type Tracked = Duplex & { [peerKey]?: PeerConnection }

/** The connection of a socket; undefined for sockets of another server. */
export function peerOf(socket: Duplex): PeerConnection | undefined {
  return (socket as Tracked)[peerKey]
}

/** After this long without a complete request, Node's parser is attached, which then times the connection out. */
const unattachedMsMax = 1_000
/** Requests that Node's parser may find in the same bytes as the current one, before the connection is cut. */
const queuedMax = 4

/**
 * One connection, from open to close. It gives one request at a time to the server. Node's parser is given bytes up to
 * the next empty line, and no more until the kernel has taken the response. So pipelined requests cost only their
 * bytes, and an unread response keeps the next one from being made.
 */
export class PeerConnection {
  readonly socket: Socket
  state: PeerState = 'waiting'
  since: number
  progress: AnswerProgress | null = null
  readonly #world: World
  #parser: NodeParser | null = null
  #ahead: Buffer | null = null
  #current: Exchange | null = null
  #queued: Exchange[] | null = null
  #wasCut = false
  #isDetaching = false
  /** Whether the last request was read to its end and its response is written. */
  #isAnswered = false
  #discarded = 0

  /** `isAttached`: Node's parser is attached to the socket already. */
  constructor(socket: Socket, world: World, isAttached: boolean) {
    this.socket = socket
    this.#world = world
    this.since = world.now()
    ;(socket as Tracked)[peerKey] = this
    if (isAttached) this.#takeOver()
    else this.#listen()
  }

  get isAttached(): boolean {
    return this.#parser !== null
  }

  /** Bytes that were written and that the kernel has not taken. */
  get unread(): number {
    return this.state === 'busy' || this.state === 'ending' ? this.socket.writableLength : 0
  }

  /** Whether a response has begun, so that nothing else may be written. */
  get hasBegunAnswer(): boolean {
    return this.state === 'reader' || (this.#current?.outgoing.headersSent ?? false)
  }

  /** Whether the peer has disconnected in the middle of a body. */
  get brokeBody(): boolean {
    return this.state === 'busy' && this.#current?.incoming.complete === false && !this.#wasCut
  }

  /** Called when Node's parser has found a request. */
  request(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (this.#current === null) {
      this.#begin({ incoming, outgoing })
      return
    }
    this.#queued ??= []
    if (this.#queued.push({ incoming, outgoing }) > queuedMax) this.#cut('too-much-ahead')
  }

  /** The request asks for an upgrade: the following bytes belong to the new protocol. */
  upgrade(): void {
    const { socket } = this
    this.#become('upgrading')
    this.#unlisten()
    socket.on('error', ignore)
    // As Node leaves it: bytes that arrive now wait for the next listener.
    ;(socket as { readableFlowing: boolean | null }).readableFlowing = null
    if (this.#ahead !== null) socket.unshift(this.#ahead)
    this.#ahead = null
    this.#parser = null
  }

  /** The request is for an event stream, which may wait in the join queue. Further bytes of the peer wait too. */
  awaitStream(): void {
    this.#become('upgrading')
    // Node detaches its parser only for an upgrade or a CONNECT, so the parser is given a CONNECT.
    this.#isDetaching = true
    this.#parser?.detach()
    this.#isDetaching = false
  }

  /** There is no event stream: Node's parser gets the bytes of the request after all. */
  refuseStream(bytes: Buffer): void {
    if (this.socket.destroyed) return
    this.#become('waiting')
    this.#attach()
    this.#ahead = this.#ahead === null ? bytes : Buffer.concat([bytes, this.#ahead])
    this.#feed()
  }

  /** The connection is a live stream from now on: the hub bounds it, and admission counts it. */
  becomeReader(): void {
    this.#become('reader')
    this.#ahead = null
    this.#queued = null
    // The live stream has its own error listener. A second one would cost each reader an array.
    if (this.socket.listenerCount('error') > 1) this.socket.off('error', ignore)
    this.socket.on('end', onReaderEnd)
  }

  /** Node has detached its parser, after `awaitStream`. False: the peer itself sent a CONNECT. */
  released(): boolean {
    if (!this.#isDetaching) return false
    this.#parser = null
    // Node takes its own listeners away, and leaves ours. Twice on the socket, the next parser could not take over.
    this.#unlisten()
    this.#listen()
    return true
  }

  fault(kind: PeerFault): void {
    this.#world.fault(kind)
  }

  /** The last bytes are written: the connection closes soon, whatever the peer does. */
  end(last = ''): void {
    if (this.socket.writable) this.socket.end(last)
    if (this.state !== 'ending') this.#become('ending')
  }

  /** Checks the time-outs. */
  look(now: number): void {
    if (this.state !== 'ending' && this.socket.writableEnded) this.#become('ending')
    // Node's parser answers a slow first request with 408.
    if (this.#parser === null && this.state === 'waiting' && now - this.since >= unattachedMsMax) {
      this.#attach()
      this.#feed()
    }
    const late = latenessOf(this, now, this.#world.limits)
    if (late !== null) this.#cut(late)
  }

  receive(chunk: Buffer): void {
    if (this.state === 'reader') {
      // A live stream is the last request of its connection. Further bytes are discarded.
      this.#discarded += chunk.length
      if (this.#discarded > this.#world.limits.aheadBytesMax) this.#cut('too-much-ahead')
      return
    }
    const bytes = this.#ahead === null ? chunk : Buffer.concat([this.#ahead, chunk])
    const mayTake = this.#isBetweenRequests
    this.#ahead = null
    const verdict = mayTake ? this.#world.take(bytes, this) : 'left'
    if (verdict === 'taken') return
    this.#ahead = bytes
    if (this.state === 'waiting' && this.#parser === null) {
      if (verdict === 'incomplete') return
      this.#attach()
    }
    this.#feed()
    if (this.#ahead !== null && this.#ahead.length > this.#world.limits.aheadBytesMax) this.#cut('too-much-ahead')
  }

  /** Whether the next bytes are the first of a request. */
  get #isBetweenRequests(): boolean {
    if (this.state !== 'waiting') return false
    if (this.#parser === null) return true
    return this.#ahead === null && this.#parser.isAfterHead && this.#isAnswered && this.#mayParse
  }

  #listen(): void {
    this.socket.on('data', onData)
    this.socket.on('error', ignore)
    this.socket.on('end', onEnd)
  }

  #unlisten(): void {
    this.socket.off('data', onData)
    this.socket.off('error', ignore)
    this.socket.off('end', onEnd)
  }

  #attach(): void {
    if (this.socket.destroyed) return
    this.#unlisten()
    this.#world.attach(this.socket)
    this.#takeOver()
  }

  #takeOver(): void {
    this.#parser = NodeParser.takeOver(this.socket)
    if (this.#parser !== null) this.socket.on('data', onData)
  }

  /** Gives Node's parser the bytes that it may have now. */
  #feed(): void {
    while (this.#ahead !== null && this.#parser !== null && this.#mayParse) {
      const bytes = this.#ahead
      const end = this.#parser.endOfPiece(bytes, this.state === 'busy')
      this.#ahead = end === bytes.length ? null : bytes.subarray(end)
      this.#parser.parse(end === bytes.length ? bytes : bytes.subarray(0, end), this.state === 'busy')
    }
    if (this.#ahead !== null && this.#parser !== null) this.socket.pause()
  }

  get #mayParse(): boolean {
    if (this.socket.destroyed || (this.socket as Socket & { readonly _paused?: boolean })._paused === true) return false
    if (this.state === 'waiting') return true
    // The rest of the body of the current request.
    return this.state === 'busy' && this.#queued === null && this.#current?.incoming.complete === false
  }

  #begin(exchange: Exchange): void {
    this.#current = exchange
    this.#isAnswered = false
    this.#parser?.beginBody(Number(exchange.incoming.headers['content-length'] ?? 0))
    this.progress = null
    this.#become('busy')
    exchange.outgoing.once('close', onAnswerClose)
    void this.#world.handle(exchange.incoming, exchange.outgoing)
  }

  /** The response is written, or was broken off. */
  answered(): void {
    this.#isAnswered = this.#current?.incoming.complete === true
    this.#current = null
    if (this.socket.destroyed || this.state !== 'busy') return
    this.#become(this.socket.writableEnded ? 'ending' : 'waiting')
    const next = this.#queued?.shift()
    if (this.#queued?.length === 0) this.#queued = null
    if (next !== undefined) this.#begin(next)
    // The body of this request may be waiting here too.
    this.#feed()
    if (this.#ahead === null) this.socket.resume()
  }

  #become(state: PeerState): void {
    this.state = state
    this.since = this.#world.now()
    this.#world.changed(this)
  }

  #cut(kind: PeerFault): void {
    if (!this.socket.destroyed) this.#world.fault(kind)
    this.#wasCut = true
    this.socket.destroy()
  }
}

function onData(this: Socket, chunk: Buffer): void {
  peerOf(this)?.receive(chunk)
}

function onAnswerClose(this: ServerResponse): void {
  peerOf(this.req.socket)?.answered()
}

function onEnd(this: Socket): void {
  this.end()
}

const readerEndMs = 1_000

function onReaderEnd(this: Socket): void {
  // Unsent bytes for a reader who has disconnected would hold the connection for ever.
  setTimeout(() => this.destroy(), readerEndMs).unref()
}

/** The `close` event reports a broken connection. Without an `error` listener its error would end the process. */
function ignore(): void {}
