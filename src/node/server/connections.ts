import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { PeerConnection, peerOf, type Take } from './peer-connection.ts'
import { PeerFaults } from './peer-faults.ts'
import type { PeerLimits } from './peer-limits.ts'

/** What the connections of one server may take. */
export type ConnectionLimits = PeerLimits & {
  /** Connections at once, whatever they do and whatever the files allow; when another comes, the one that has waited longest makes room. */
  readonly connectionsMax: number
  /** Bytes of plain answers that were made and not taken, of all connections writeBatch. */
  readonly unreadBytesMax: number
  /** How often the clocks are looked at. */
  readonly lookMs: number
}

export const connectionLimits: ConnectionLimits = {
  connectionsMax: Number.MAX_SAFE_INTEGER,
  endMs: 1_000,
  waitMs: 20_000,
  upgradeMs: 10_000,
  takeMs: 10_000,
  rateFromMs: 30_000,
  bytesPerSecondMin: 1_024,
  aheadBytesMax: 256 * 1_024,
  unreadBytesMax: 256 * 1_024 * 1_024,
  lookMs: 250,
}

/** How many connections the open files allow. */
export type FileDescriptorBudget = {
  readonly connectionsMax: number
  /** Looks again what else is open; `connections`: how many of the open files are connections. */
  look(connections: number): void
}

/** Answers a request; resolves when all of the answer was written. */
export type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> | void

/**
 * Every connection of a server, counted and bounded from its first byte to its last: before headers, in a body,
 * upgrading, as a reader, and after its end.
 */
export class Connections {
  readonly faults: PeerFaults
  readonly #limits: ConnectionLimits
  /** In the order in which they came. */
  readonly #plain = new Set<PeerConnection>()
  /** Those of them that nobody works for, in the order in which that began: the first to make room. */
  readonly #idle = new Set<PeerConnection>()
  readonly #readers = new Set<PeerConnection>()
  readonly #files: FileDescriptorBudget | null
  readonly #report: (error: unknown, doing: string) => void
  #server: Server | null = null
  #nodeListener: Listener | null = null
  #take: Take | null = null
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

  /** See `askFirst`. */
  get asksFirst(): boolean {
    return this.#take !== null
  }

  /** How many there are. */
  get size(): number {
    return this.#plain.size + this.#readers.size
  }

  /** Bytes of plain answers that were made and not taken, as last looked at. */
  get unread(): number {
    return this.#unread
  }

  get #most(): number {
    return Math.min(this.#limits.connectionsMax, this.#files?.connectionsMax ?? Number.POSITIVE_INFINITY)
  }

  /**
   * From now on `take` is asked first when a request comes, and Node's parser is given only the connections that it leaves:
   * the parser and what belongs to it cost some kilobytes for each. False where Node is otherwise than expected.
   */
  askFirst(take: Take): boolean {
    if (this.#nodeListener === null) return false
    this.#server?.off('connection', this.#nodeListener)
    this.#take = take
    return true
  }

  /** Looks after a server's connections; its requests come to `handle` one at a time for each. */
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
          // The last to hear of it: that connection ends, and nothing else.
          incoming.socket.destroy()
          this.#report(error, 'answering a request')
        }
      },
      changed: (peer: PeerConnection) => this.#place(peer),
      attach: (socket: Socket) => void this.#nodeListener?.call(server, socket),
      take: (bytes: Buffer, peer: PeerConnection) => this.#take?.(bytes, peer) ?? 'left',
    }
    server.on('connection', (socket) => {
      if (this.#closed) {
        socket.destroy()
        return
      }
      if (this.size >= this.#most) this.#makeRoom()
      this.#place(new PeerConnection(socket, world, this.#take === null))
      socket.on('close', onClose)
    })
    const clock = setInterval(() => this.#look(), this.#limits.lookMs).unref()
    server.on('close', () => clearInterval(clock))
  }

  /** Ends them all, whatever they are doing, and every one that comes. */
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

  #place(peer: PeerConnection): void {
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

  /** Gives false where nobody can make room: live readers keep theirs. */
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
    // What the service itself has opened since counts as well.
    while (this.size > this.#most && this.#makeRoom());
    this.#unread = 0
    for (const peer of this.#plain) {
      peer.look(now)
      this.#unread += peer.unread
    }
    this.#bound()
  }

  /** An answer was written: what the kernel did not take of it is in memory. */
  #wrote({ writableLength, destroyed }: Socket): void {
    if (destroyed || writableLength === 0) return
    this.#unread += writableLength
    this.#bound()
  }

  /** Too much is in memory: those who have left theirs for longest end. */
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

type Listener = (this: Server, socket: Socket) => void

/** Node's own listener for new connections, the only one of a new server. Null where Node is otherwise than expected. */
function listenerOf(server: Server): Listener | null {
  const [listener, ...others] = server.listeners('connection')
  return listener === undefined || others.length > 0 ? null : (listener as Listener)
}
