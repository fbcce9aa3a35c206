import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { PeerConnection, peerOf } from './peer-connection.ts'
import { PeerFaults } from './peer-faults.ts'
import type { PeerLimits, Take } from './peer-limits.ts'

/** Limits on the connections of one server. Names end in their unit. */
export type ConnectionLimits = PeerLimits & {
  /**
   * Connections at once, whatever their state and the limit of open files. A new connection beyond it displaces the one
   * that has been idle longest.
   */
  readonly connectionsMax: number
  /** Bytes of responses that peers have not read, over all connections except live streams. */
  readonly unreadBytesMax: number
  /** How often time-outs are checked. */
  readonly lookMs: number
}

export const connectionLimits: ConnectionLimits = {
  connectionsMax: Number.MAX_SAFE_INTEGER,
  endMs: 1_000,
  waitMs: 20_000,
  idleMs: 90_000,
  upgradeMs: 10_000,
  takeMs: 10_000,
  rateFromMs: 30_000,
  bytesPerSecondMin: 1_024,
  aheadBytesMax: 256 * 1_024,
  discardBytesMax: 64 * 1_024 * 1_024,
  unreadBytesMax: 256 * 1_024 * 1_024,
  lookMs: 250,
}

/** How many connections the limit of open files allows. */
export type FileDescriptorBudget = {
  readonly connectionsMax: number
  /** Counts the open files again. `connections`: how many of them are connections of peers. */
  look(connections: number): void
}

/** Answers a request; resolves when the whole response is written. */
type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> | void

/**
 * All connections of a server, counted and bounded in every state: before headers, in a body, upgrading, as a live
 * stream, and while they close.
 */
export class Connections {
  readonly faults: PeerFaults
  readonly #limits: ConnectionLimits
  /** Connections other than live streams, oldest first. */
  readonly #plain = new Set<PeerConnection>()
  /** Those of `#plain` with no request in work, longest idle first: the first ones to be displaced. */
  readonly #idle = new Set<PeerConnection>()
  readonly #readers = new Set<PeerConnection>()
  readonly #files: FileDescriptorBudget | null
  readonly #report: (error: unknown, doing: string) => void
  #server: Server | null = null
  #nodeListener: Listener | null = null
  #take: Take<PeerConnection> | null = null
  #unread = 0
  #closed = false

  constructor(
    limits: Partial<ConnectionLimits> = {},
    faults = new PeerFaults(),
    files: FileDescriptorBudget | null = null,
    report: (error: unknown, doing: string) => void = (error) => {
      throw error
    },
  ) {
    this.#limits = { ...connectionLimits, ...limits }
    this.faults = faults
    this.#files = files
    this.#report = report
  }

  /** Whether `askFirst` has succeeded. */
  get asksFirst(): boolean {
    return this.#take !== null
  }

  /** The number of open connections. */
  get size(): number {
    return this.#plain.size + this.#readers.size
  }

  /** Bytes of responses that peers had not read at the last check, live streams not counted. */
  get unread(): number {
    return this.#unread
  }

  get #most(): number {
    return Math.min(this.#limits.connectionsMax, this.#files?.connectionsMax ?? Number.POSITIVE_INFINITY)
  }

  /**
   * From now on `take` is called first when a request's bytes arrive. Node's parser is attached only to connections
   * that `take` leaves, because a parser costs some kilobytes for each connection. Gives false where Node's internals
   * differ from what is expected.
   */
  askFirst(take: Take<PeerConnection>): boolean {
    if (this.#nodeListener === null) return false
    this.#server?.off('connection', this.#nodeListener)
    this.#take = take
    return true
  }

  /** Tracks a server's connections. `handle` gets their requests, one at a time for each connection. */
  watch(server: Server, handle: Handle): void {
    const onClose = this.#leaver()
    this.#server = server
    this.#nodeListener = listenerOf(server)
    const world = {
      limits: this.#limits,
      now: () => performance.now(),
      fault: (kind: Parameters<PeerFaults['count']>[0]) => this.faults.count(kind),
      handle: async (incoming: IncomingMessage, outgoing: ServerResponse) => {
        try {
          await handle(incoming, outgoing)
          this.#wrote(incoming.socket)
        } catch (error) {
          // There is no other handler of this error: only this connection ends, and the error is reported.
          incoming.socket.destroy()
          this.#report(error, 'answering a request')
        }
      },
      changed: (peer: PeerConnection) => this.#sort(peer),
      attach: (socket: Socket) => void this.#nodeListener?.call(server, socket),
      brokeOff: (socket: Socket) => {
        const error = Object.assign(new Error('the peer ended within the head of a request'), { code: headCode })
        server.emit('clientError', error, socket)
      },
      take: (bytes: Buffer, peer: PeerConnection) => this.#take?.(bytes, peer) ?? 'left',
    }
    server.on('connection', (socket) => {
      if (this.#closed) {
        socket.destroy()
        return
      }
      if (this.size >= this.#most) this.#makeRoom()
      this.#sort(new PeerConnection(socket, world, this.#take === null))
      socket.on('close', onClose)
    })
    const clock = setInterval(() => this.#look(), this.#limits.lookMs).unref()
    server.on('close', () => clearInterval(clock))
  }

  /** Destroys all connections, and every later one. */
  destroyAll(): void {
    this.#closed = true
    for (const { socket } of [...this.#plain, ...this.#readers]) socket.destroy()
  }

  #leaver() {
    const connections = this
    return function onClose(this: Socket): void {
      const peer = peerOf(this)
      if (peer === undefined) return
      if (peer.brokeBody) connections.faults.count('broken-body')
      connections.#leave(peer)
    }
  }

  #leave(peer: PeerConnection): void {
    this.#plain.delete(peer)
    this.#idle.delete(peer)
    this.#readers.delete(peer)
  }

  #sort(peer: PeerConnection): void {
    if (peer.socket.destroyed) return
    this.#idle.delete(peer)
    if (peer.state === 'reader') {
      this.#plain.delete(peer)
      this.#readers.add(peer)
      return
    }
    this.#plain.add(peer)
    if (peer.state !== 'busy') this.#idle.add(peer)
  }

  /** Displaces one connection. Gives false when there is none to displace: live readers are never displaced. */
  #makeRoom(): boolean {
    const [longest] = this.#idle.size > 0 ? this.#idle : this.#plain
    if (longest === undefined) return false
    this.faults.count('displaced')
    this.#leave(longest)
    longest.socket.destroy()
    return true
  }

  #look(): void {
    const now = performance.now()
    this.#files?.look(this.size)
    // Files that the service itself has opened since then count too.
    while (this.size > this.#most && this.#makeRoom());
    this.#unread = 0
    for (const peer of this.#plain) {
      peer.look(now)
      this.#unread += peer.unread
    }
    this.#bound()
  }

  /** A response was written. What the kernel has not taken of it is in memory. */
  #wrote({ writableLength, destroyed }: Socket): void {
    if (destroyed || writableLength === 0) return
    this.#unread += writableLength
    this.#bound()
  }

  /** Destroys connections with unread responses, oldest connection first, until the rest is within the limit. */
  #bound(): void {
    if (this.#unread <= this.#limits.unreadBytesMax) return
    for (const peer of this.#plain) {
      if (this.#unread <= this.#limits.unreadBytesMax) return
      if (peer.unread === 0) continue
      this.#unread -= peer.unread
      this.faults.count('untaken-answer')
      peer.socket.destroy()
    }
  }
}

/** Node's parser's code for a connection that ends within a message. */
const headCode = 'HPE_INVALID_EOF_STATE'

type Listener = (this: Server, socket: Socket) => void

/**
 * Node's own `connection` listener, the only one of a new server. Null where Node's internals differ from what is
 * expected.
 */
function listenerOf(server: Server): Listener | null {
  const [listener, ...others] = server.listeners('connection')
  return listener === undefined || others.length > 0 ? null : (listener as Listener)
}
