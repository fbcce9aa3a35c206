import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { PeerFault } from './peer-faults.ts'

/** What one connection may take. */
export type PeerLimits = {
  /** From the end of what we say to the end of the connection. */
  readonly endMs: number
  /** How long it may be without a request, and how long a request's headers may take. */
  readonly waitMs: number
  /** How long an upgrade may take. */
  readonly upgradeMs: number
  /** Within this the kernel must have taken some more of an answer. */
  readonly takeMs: number
  /** From this on an answer must have been taken at the rate below, on average. */
  readonly rateFromMs: number
  readonly bytesPerSecondMin: number
  /** What it may send while an answer is still to be taken; a read from the kernel is up to 64 KiB. */
  readonly aheadBytesMax: number
}

/**
 * `waiting`: for a request, or for the rest of its headers. `busy`: a request is being read or answered. `upgrading`: between
 * the request and the socket's handshake. `reader`: a live stream, which the hub looks after. `ending`: we have said all.
 */
export type PeerState = 'waiting' | 'busy' | 'upgrading' | 'reader' | 'ending'

type Exchange = { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }
type Parse = (chunk: Buffer) => void
/** libuv's stream handle, as far as it is looked at here: how much of our writes the kernel has not taken. */
type Handle = { readonly writeQueueSize?: number } | null

type World = {
  readonly limits: PeerLimits
  readonly now: () => number
  readonly fault: (kind: PeerFault) => void
  /** Never rejects. */
  readonly handle: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>
  readonly changed: (peer: PeerConnection) => void
}

const peerKey: unique symbol = Symbol('peer')
type Tracked = Duplex & { [peerKey]?: PeerConnection }

/** What is known of a socket's peer; nothing of sockets that another server has. */
export function peerOf(socket: Duplex): PeerConnection | undefined {
  return (socket as Tracked)[peerKey]
}

const headEnd = '\r\n\r\n'
/** So many pieces of a body in chunks may be as small as they come; those that follow are of so many bytes at least. */
const smallPiecesMax = 64
const pieceBytesMin = 1_024
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
  readonly #world: World
  #parse: Parse | null
  #ahead: Buffer | null = null
  #current: Exchange | null = null
  #queued: Exchange[] | null = null
  #wasCut = false
  /** Bytes of the body in hand that the parser has not been given yet; 0 where its length is not known. */
  #bodyLeft = 0
  #bodyPieces = 0
  #talked = 0
  #taken = 0
  #takenAt = 0
  #unreadSince = 0
  #takenBefore = 0

  constructor(socket: Socket, world: World) {
    this.socket = socket
    this.#world = world
    this.since = world.now()
    this.#parse = takeOver(socket)
    ;(socket as Tracked)[peerKey] = this
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
    this.#become('upgrading')
    this.socket.off('data', onData)
    const { socket } = this
    socket.on('error', ignore)
    if (this.#ahead !== null) socket.unshift(this.#ahead)
    this.#ahead = null
    this.#parse = null
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
    const { endMs, waitMs, upgradeMs } = this.#world.limits
    const age = now - this.since
    switch (this.state) {
      case 'ending':
        if (this.socket.writableLength > 0) {
          this.#lookAtAnswer(now)
          this.since = now
        } else if (age >= endMs) this.#cut('half-open')
        break
      case 'waiting':
        if (age >= waitMs) this.#cut('late-request')
        break
      case 'upgrading':
        if (age >= upgradeMs) this.#cut('late-request')
        break
      case 'busy':
        this.#lookAtAnswer(now)
    }
  }

  #lookAtAnswer(now: number): void {
    const { socket } = this
    const unread = socket.writableLength
    if (unread === 0) {
      this.#unreadSince = 0
      return
    }
    const { takeMs, rateFromMs, bytesPerSecondMin } = this.#world.limits
    const handle = (socket as Socket & { readonly _handle?: Handle })._handle ?? null
    const taken = socket.bytesWritten - (handle?.writeQueueSize ?? unread)
    if (this.#unreadSince === 0) {
      this.#unreadSince = now
      this.#takenBefore = taken
      this.#takenAt = now
    } else if (taken !== this.#taken) this.#takenAt = now
    this.#taken = taken
    const lasted = now - this.#unreadSince
    const isSlow = lasted >= rateFromMs && taken - this.#takenBefore < (lasted / 1_000) * bytesPerSecondMin
    if (isSlow || now - this.#takenAt >= takeMs) this.#cut('untaken-answer')
  }

  /** Bytes have come. */
  hear(chunk: Buffer): void {
    if (this.state === 'reader') {
      // A live stream is the last of its connection: what else is asked for there is not looked at.
      this.#talked += chunk.length
      if (this.#talked > this.#world.limits.aheadBytesMax) this.#cut('too-much-ahead')
      return
    }
    this.#ahead = this.#ahead === null ? chunk : Buffer.concat([this.#ahead, chunk])
    this.#feed()
    if (this.#ahead !== null && this.#ahead.length > this.#world.limits.aheadBytesMax) this.#cut('too-much-ahead')
  }

  /** Gives the parser what it may have. */
  #feed(): void {
    while (this.#ahead !== null && this.#parse !== null && this.#mayParse) {
      const bytes = this.#ahead
      const end = this.state === 'busy' ? this.#pieceOfBody(bytes) : pastHeadEnd(bytes, 0)
      this.#ahead = end === bytes.length ? null : bytes.subarray(end)
      this.#parse(end === bytes.length ? bytes : bytes.subarray(0, end))
    }
    if (this.#ahead !== null && this.#parse !== null) this.socket.pause()
  }

  /** In a body an empty line says nothing, but it may end one in chunks: many are given in larger pieces. */
  #pieceOfBody(bytes: Buffer): number {
    const end = Math.min(this.#bodyLeft, bytes.length)
    this.#bodyLeft -= end
    if (end > 0) return end
    this.#bodyPieces += 1
    return pastHeadEnd(bytes, this.#bodyPieces > smallPiecesMax ? pieceBytesMin : 0)
  }

  get #mayParse(): boolean {
    if (this.socket.destroyed || (this.socket as Socket & { readonly _paused?: boolean })._paused === true) return false
    if (this.state === 'waiting') return true
    // The rest of a body that the request in hand is waiting for.
    return this.state === 'busy' && this.#queued === null && this.#current?.incoming.complete === false
  }

  #begin(exchange: Exchange): void {
    this.#current = exchange
    this.#bodyLeft = Number(exchange.incoming.headers['content-length'] ?? 0)
    this.#bodyPieces = 0
    this.#unreadSince = 0
    this.#become('busy')
    exchange.outgoing.once('close', onAnswerClose)
    void this.#world.handle(exchange.incoming, exchange.outgoing)
  }

  /** The answer is with the kernel, or broken off. */
  answered(): void {
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

/** Where the first empty line after so many bytes ends; all bytes where there is none. */
function pastHeadEnd(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(headEnd, from)
  return at === -1 ? bytes.length : at + headEnd.length
}

/** Takes the place of the server's own listener for bytes, and gives it. Null where Node is otherwise than expected. */
function takeOver(socket: Socket): Parse | null {
  const [parse, ...others] = socket.listeners('data')
  if (parse === undefined || others.length > 0) return null
  socket.off('data', parse as Parse)
  socket.on('data', onData)
  return parse as Parse
}

function onData(this: Socket, chunk: Buffer): void {
  peerOf(this)?.hear(chunk)
}

function onAnswerClose(this: ServerResponse): void {
  peerOf(this.req.socket)?.answered()
}

const readerEndMs = 1_000

function onReaderEnd(this: Socket): void {
  // What is still to be written to a reader who has gone would hold the connection for ever.
  setTimeout(() => this.destroy(), readerEndMs).unref()
}

/** A broken connection is told by its close; its error says nothing more, and unheard it would end the process. */
function ignore(): void {}
