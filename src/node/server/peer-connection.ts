import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { NodeParser } from './parsing/node-parser.ts'
import { type AnswerProgress, latenessOf } from './peer-clock.ts'
import type { PeerFault } from './peer-faults.ts'
import type { PeerLimits, PeerState } from './peer-limits.ts'

type Exchange = { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }

/** Takes a connection by the first bytes of a request. `left`: for Node's parser; `incomplete`: it would see more, if they come soon. */
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

/** What is known of a socket's peer; nothing of sockets that another server has. */
export function peerOf(socket: Duplex): PeerConnection | undefined {
  return (socket as Tracked)[peerKey]
}

/** How long a connection may be without bytes and without Node's parser. */
const unattachedMsMax = 1_000
/** Requests that Node's parser may find before it is stopped: the one in hand and one that began in the same bytes. */
const queuedMax = 4

/**
 * One connection, from its beginning to its end. It hands one request at a time to the server: Node's parser is given
 * bytes up to the next empty line, and no more until the answer is with the kernel. So what a peer sends ahead costs
 * its bytes, and an answer that is not taken keeps the next from being made.
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
  /** Whether the last request came to its end, and so did its answer. */
  #isAnswered = false
  #talked = 0

  /** `isAttached`: Node has given it to its parser already. */
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

  /** Whether something of an answer has gone out, so that nothing else may be written in between. */
  get hasBegunAnswer(): boolean {
    return this.state === 'reader' || (this.#current?.outgoing.headersSent ?? false)
  }

  /** Whether it went away in the middle of a body. */
  get brokeBody(): boolean {
    return this.state === 'busy' && this.#current?.incoming.complete === false && !this.#wasCut
  }

  /** Node's parser has found a request. */
  request(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (this.#current === null) {
      this.#begin({ incoming, outgoing })
      return
    }
    this.#queued ??= []
    if (this.#queued.push({ incoming, outgoing }) > queuedMax) this.#cut('too-much-ahead')
  }

  /** The request asks for an upgrade: its bytes are the new protocol's from here on. */
  upgrade(): void {
    const { socket } = this
    this.#become('upgrading')
    this.#unlisten()
    socket.on('error', ignore)
    // As Node leaves it: what comes now waits for the next listener.
    ;(socket as { readableFlowing: boolean | null }).readableFlowing = null
    if (this.#ahead !== null) socket.unshift(this.#ahead)
    this.#ahead = null
    this.#parser = null
  }

  /** The request is for an event stream: it waits for its turn, and so does what else the peer sends. */
  awaitStream(): void {
    this.#become('upgrading')
    // Node's parser gives a connection away for an upgrade or a tunnel alone, so it is given a request for one.
    this.#isDetaching = true
    this.#parser?.detach()
    this.#isDetaching = false
  }

  /** There will be no stream: the bytes of the request are for Node's parser after all. */
  refuseStream(bytes: Buffer): void {
    if (this.socket.destroyed) return
    this.#become('waiting')
    this.#attach()
    this.#ahead = this.#ahead === null ? bytes : Buffer.concat([bytes, this.#ahead])
    this.#feed()
  }

  /** From now on it is a live stream: bounded by its hub, and counted by admission. */
  becomeReader(): void {
    this.#become('reader')
    this.#ahead = null
    this.#queued = null
    // Who looks after the stream hears its errors. A second listener would cost each reader an array.
    if (this.socket.listenerCount('error') > 1) this.socket.off('error', ignore)
    this.socket.on('end', onReaderEnd)
  }

  /** Node's parser has given the connection away: see `awaitStream`. False: it was the peer who asked for a tunnel. */
  released(): boolean {
    if (!this.#isDetaching) return false
    this.#parser = null
    this.#listen()
    return true
  }

  /** Counts what this peer did. */
  fault(kind: PeerFault): void {
    this.#world.fault(kind)
  }

  /** We have said all: whatever the peer does, the connection ends soon. */
  end(last = ''): void {
    if (this.socket.writable) this.socket.end(last)
    if (this.state !== 'ending') this.#become('ending')
  }

  /** Looks at the clocks. */
  look(now: number): void {
    if (this.state !== 'ending' && this.socket.writableEnded) this.#become('ending')
    // Whoever is slow with a first request is told so by Node.
    if (this.#parser === null && this.state === 'waiting' && now - this.since >= unattachedMsMax) {
      this.#attach()
      this.#feed()
    }
    const late = latenessOf(this, now, this.#world.limits)
    if (late !== null) this.#cut(late)
  }

  /** Bytes have come. */
  hear(chunk: Buffer): void {
    if (this.state === 'reader') {
      // A live stream is the last of its connection: what else is asked for there is not looked at.
      this.#talked += chunk.length
      if (this.#talked > this.#world.limits.aheadBytesMax) this.#cut('too-much-ahead')
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

  /** Whether bytes that come now are the first of a request. */
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

  /** Gives the parser what it may have. */
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
    // The rest of a body that the request in hand is waiting for.
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

  /** The answer is with the kernel, or broken off. */
  answered(): void {
    this.#isAnswered = this.#current?.incoming.complete === true
    this.#current = null
    if (this.socket.destroyed || this.state !== 'busy') return
    this.#become(this.socket.writableEnded ? 'ending' : 'waiting')
    const next = this.#queued?.shift()
    if (this.#queued?.length === 0) this.#queued = null
    if (next !== undefined) this.#begin(next)
    // Its body may wait here as well.
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
  peerOf(this)?.hear(chunk)
}

function onAnswerClose(this: ServerResponse): void {
  peerOf(this.req.socket)?.answered()
}

function onEnd(this: Socket): void {
  this.end()
}

const readerEndMs = 1_000

function onReaderEnd(this: Socket): void {
  // What is still to be written to a reader who has gone would hold the connection for ever.
  setTimeout(() => this.destroy(), readerEndMs).unref()
}

/** A broken connection is told by its close; its error says nothing more, and unheard it would end the process. */
function ignore(): void {}
