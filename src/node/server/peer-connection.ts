import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { NodeParser } from './parsing/node-parser.ts'
import { type Exchange, RequestQueue } from './parsing/request-queue.ts'
import { type AnswerProgress, exceededTimeout } from './peer-clock.ts'
import type { PeerFault } from './peer-faults.ts'
import type { PeerState, World } from './peer-limits.ts'
import {
  addListeners,
  ignoreError,
  onAnswerClose,
  onData,
  onReaderEnd,
  ownerOf,
  removeListeners,
  type SocketOwner,
  setOwner,
} from './socket-listeners.ts'

/** The connection of a socket; undefined for sockets of another server. */
export function peerOf(socket: Duplex): PeerConnection | undefined {
  const owner = ownerOf(socket)
  return owner instanceof PeerConnection ? owner : undefined
}

/** After this long without a complete request, Node's parser is attached, which then times the connection out. */
const unattachedMsMax = 1_000

/**
 * One connection, from open to close. It gives one request at a time to the server. Node's parser is given bytes up to
 * the next empty line, and no more until the kernel has taken the response. So pipelined requests cost only their
 * bytes, and an unread response keeps the next one from being made.
 */
export class PeerConnection implements SocketOwner {
  readonly socket: Socket
  state: PeerState = 'waiting'
  since: number
  progress: AnswerProgress | null = null
  readonly #world: World<PeerConnection>
  /** Whether Node's parser is attached to the socket. It is attached at most once until it is detached. */
  #isAttached: boolean
  /** Node's parser, where our code gives it the bytes. Null where it reads the socket itself, or is not attached. */
  #parser: NodeParser | null = null
  /** Bytes that the parser may not have yet. */
  #ahead: Buffer | null = null
  /** Null until Node's parser has found a request: most live streams need none. */
  #requests: RequestQueue | null = null
  /** Whether the last request was read and answered, and nothing of the next one has come. */
  #isIdle = false
  #wasCut = false
  #isDetaching = false
  /** Bytes that were discarded: those on a live stream, and of bodies whose request was refused before their end. */
  #discarded = 0

  /** `isAttached`: Node's parser is attached to the socket already. */
  constructor(socket: Socket, world: World<PeerConnection>, isAttached: boolean) {
    this.socket = socket
    this.#world = world
    this.since = world.now()
    setOwner(socket, this)
    this.#isAttached = isAttached
    if (isAttached) this.#takeOver()
    else addListeners(socket)
  }

  /** Whether Node's parser is attached to the socket. */
  get isAttached(): boolean {
    return this.#isAttached
  }

  /** Whether it may be idle for long: the last request was answered, or the rest of its body is still coming. */
  get mayIdle(): boolean {
    return this.#isIdle || this.#requests?.isDiscarding === true
  }

  /** Bytes that were written and that the kernel has not taken. */
  get unread(): number {
    return this.state === 'busy' || this.state === 'ending' ? this.socket.writableLength : 0
  }

  /** Whether a response has begun, so that nothing else may be written. */
  get hasBegunAnswer(): boolean {
    return this.state === 'reader' || (this.#requests?.hasBegunAnswer ?? false)
  }

  /** Whether the peer has disconnected in the middle of a body. */
  get brokeBody(): boolean {
    return this.state === 'busy' && this.#requests?.isInBody === true && !this.#wasCut
  }

  /** Called when Node's parser has found a request. */
  request(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.#requests ??= new RequestQueue()
    if (!this.#requests.isBusy) this.#begin(this.#requests, { incoming, outgoing })
    else if (!this.#requests.add({ incoming, outgoing })) this.#cut('too-much-ahead')
  }

  /** The request asks for an upgrade: the following bytes belong to the new protocol. */
  upgrade(): void {
    const { socket } = this
    this.#become('upgrading')
    removeListeners(this.socket)
    socket.on('error', ignoreError)
    // As Node leaves it: bytes that arrive now wait for the next listener.
    ;(socket as { readableFlowing: boolean | null }).readableFlowing = null
    if (this.#ahead !== null) socket.unshift(this.#ahead)
    this.#ahead = null
    this.#detached()
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
    if (!this.socket.writable) return
    this.#become('waiting')
    this.#ahead = this.#ahead === null ? bytes : Buffer.concat([bytes, this.#ahead])
    this.#attach()
    this.#feed()
  }

  /** The connection is a live stream from now on: the hub bounds it, and admission counts it. */
  becomeReader(): void {
    this.#discarded = 0
    this.#become('reader')
    this.#ahead = null
    this.#requests?.clear()
    // The live stream has its own error listener. A second one would cost each reader an array.
    if (this.socket.listenerCount('error') > 1) this.socket.off('error', ignoreError)
    this.socket.on('end', onReaderEnd)
  }

  /** Node has detached its parser, after `awaitStream`. False: the peer itself sent a CONNECT. */
  released(): boolean {
    if (!this.#isDetaching) return false
    this.#detached()
    // Node takes its own listeners away, and leaves ours. Twice on the socket, the next parser could not take over.
    removeListeners(this.socket)
    addListeners(this.socket)
    return true
  }

  /** Counts a fault of this peer. */
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
    if (!this.#isAttached && this.state === 'waiting' && now - this.since >= unattachedMsMax) {
      this.#attach()
      this.#feed()
    }
    const late = exceededTimeout(this, now, this.#world.limits)
    if (late !== null) this.#cut(late)
  }

  /** Called with the bytes that come, until Node's parser reads the socket itself. */
  receive(chunk: Buffer): void {
    if (this.state === 'reader') {
      // A live stream is the last request of its connection. Further bytes are discarded.
      this.#discarded += chunk.length
      if (this.#discarded > this.#world.limits.aheadBytesMax) this.#cut('too-much-ahead')
      return
    }
    // From here on the head of the next request is timed.
    if (this.#isIdle) this.since = this.#world.now()
    this.#isIdle = false
    if (this.#requests?.isDiscarding === true) this.#discarded += chunk.length
    if (this.#discarded > this.#world.limits.discardBytesMax) {
      this.#cut('too-much-ahead')
      return
    }
    const bytes = this.#ahead === null ? chunk : Buffer.concat([this.#ahead, chunk])
    const mayTake = this.#isBetweenRequests
    this.#ahead = null
    const verdict = mayTake ? this.#world.take(bytes, this) : 'left'
    if (verdict === 'taken') return
    this.#ahead = bytes
    if (this.state === 'waiting' && !this.#isAttached) {
      if (verdict === 'incomplete') return
      this.#attach()
    }
    this.#feed()
    if (this.#ahead !== null && this.#ahead.length > this.#world.limits.aheadBytesMax) this.#cut('too-much-ahead')
  }

  peerEnded(): void {
    if (this.state === 'waiting' && !this.#isAttached && this.#ahead !== null) this.#world.brokeOff(this.socket)
  }

  /** Whether the next bytes are the first of a request. */
  get #isBetweenRequests(): boolean {
    if (this.state !== 'waiting') return false
    if (this.#parser === null) return true
    if (this.#ahead !== null || !this.#parser.isAfterHead) return false
    return this.#requests?.isAnswered === true && this.#mayParse
  }

  /** Attaches Node's parser. A second one on the same socket would answer every request twice. */
  #attach(): void {
    if (this.socket.destroyed || this.#isAttached) return
    this.#isAttached = true
    removeListeners(this.socket)
    this.#world.attach(this.socket)
    this.#takeOver()
  }

  #takeOver(): void {
    this.#parser = NodeParser.takeOver(this.socket)
    if (this.#parser !== null) this.socket.on('data', onData)
    // Node's parser reads the socket itself, so the bytes go back there.
    else if (this.#ahead !== null) this.socket.unshift(this.#ahead)
    if (this.#parser === null) this.#ahead = null
  }

  #detached(): void {
    this.#isAttached = false
    this.#parser = null
  }

  /** Gives Node's parser the bytes that it may have now. */
  #feed(): void {
    while (this.#ahead !== null && this.#parser !== null && this.#mayParse) {
      const bytes = this.#ahead
      const isInBody = this.state === 'busy' || this.#requests?.isDiscarding === true
      const end = this.#parser.endOfPiece(bytes, isInBody)
      this.#ahead = end === bytes.length ? null : bytes.subarray(end)
      this.#parser.parse(end === bytes.length ? bytes : bytes.subarray(0, end), isInBody)
      // The rest of a refused body has come.
      if (isInBody && this.state === 'waiting' && this.#requests?.isDiscarding === false) this.#idle()
    }
    if (this.#ahead !== null && this.#parser !== null) this.socket.pause()
  }

  get #mayParse(): boolean {
    if (this.socket.destroyed || (this.socket as Socket & { readonly _paused?: boolean })._paused === true) return false
    if (this.state === 'waiting') return true
    // The rest of the body of the current request.
    return this.state === 'busy' && this.#requests?.hasQueued === false && this.#requests.isInBody
  }

  #begin(requests: RequestQueue, exchange: Exchange): void {
    requests.begin(exchange)
    this.#isIdle = false
    this.#discarded = 0
    this.#parser?.beginBody(Number(exchange.incoming.headers['content-length'] ?? 0))
    this.progress = null
    this.#become('busy')
    exchange.outgoing.once('close', onAnswerClose)
    void this.#world.handle(exchange.incoming, exchange.outgoing)
  }

  /** The response is written, or was broken off. */
  answered(): void {
    const requests = this.#requests
    requests?.end()
    if (requests === null || this.socket.destroyed || this.state !== 'busy') return
    this.#become(this.socket.writableEnded ? 'ending' : 'waiting')
    const next = requests.next()
    if (next !== undefined) this.#begin(requests, next)
    else if (requests.isAnswered && this.#ahead === null) this.#idle()
    // The body of this request may be waiting here too.
    this.#feed()
    if (this.#ahead === null) this.socket.resume()
  }

  #idle(): void {
    this.#isIdle = true
    this.since = this.#world.now()
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
