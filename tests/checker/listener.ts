import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { type Interest, interestQuery } from '../../src/domain/interest.ts'
import { adminKey } from '../support/processes/service.ts'
import type { Chance } from './chance.ts'
import { digestOf, type Heard, type Session } from './judge.ts'

/** What all listeners know of the test's end. */
export type Ending = {
  /** From now on nobody leaves, dawdles or lies. */
  calm: boolean
  /** The last seq; whoever has it is done. */
  seq: number | null
}

/** How often something was done or met, by name. */
export type CountEvent = (name: string) => void

type Cursors = 'honest' | 'none' | 'old' | 'future' | 'foreign' | 'malformed'
type Conduct = 'stay' | 'vanish' | 'slow'

const reconnectMs = 50

/** A reader by raw sockets who reads slowly, vanishes, and returns with all kinds of cursors; it notes what came. */
export class WildListener {
  readonly interest: Interest
  readonly sessions: Session[] = []
  readonly #chooseUrl: () => string
  readonly #chance: Chance
  readonly #ending: Ending
  readonly #count: CountEvent
  readonly #steady: boolean
  #cursor: string | null = null
  #url: string | null = null
  #socket: WebSocket | null = null

  /** `chooseUrl`: the service of each connection. `steady`: always honest, never slow or away by itself. */
  constructor(
    chooseUrl: () => string,
    interest: Interest,
    chance: Chance,
    ending: Ending,
    count: CountEvent,
    steady = false,
  ) {
    this.#chooseUrl = chooseUrl
    this.interest = interest
    this.#chance = chance
    this.#ending = ending
    this.#count = count
    this.#steady = steady
  }

  /** Comes and goes until it has the last entry. */
  async run(): Promise<void> {
    while (!this.#isDone()) {
      await this.#session()
      await sleep(reconnectMs * this.#chance.next())
    }
  }

  /** The ending has been announced: the last entry may be here already. */
  look(): void {
    if (this.#isDone()) this.#socket?.terminate()
  }

  get isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  stopReading(): void {
    this.#socket?.pause()
  }

  readOn(): void {
    this.#socket?.resume()
  }

  #isDone(): boolean {
    const { seq } = this.#ending
    return seq !== null && this.#cursor !== null && seqOf(this.#cursor) >= seq
  }

  #chooseCursor(): { readonly kind: Cursors; readonly given: string | null } {
    const own = this.#cursor
    if (own === null) return { kind: 'none', given: null }
    const drawn = this.#ending.calm || this.#steady ? 1 : this.#chance.next()
    const epoch = own.slice(0, own.lastIndexOf('.'))
    if (drawn < 0.06)
      return { kind: 'old', given: `${epoch}.${Math.max(0, seqOf(own) - Math.ceil(this.#chance.between(1, 300)))}` }
    if (drawn < 0.1) return { kind: 'future', given: `${epoch}.${seqOf(own) + 1_000_000}` }
    if (drawn < 0.14) return { kind: 'foreign', given: `zzzz.${seqOf(own)}` }
    if (drawn < 0.18) return { kind: 'malformed', given: `${own}!` }
    return { kind: 'honest', given: own }
  }

  #chooseConduct(): Conduct {
    if (this.#ending.calm || this.#steady) return 'stay'
    return this.#chance.pick(['stay', 'stay', 'vanish', 'slow'])
  }

  async #session(): Promise<void> {
    const { kind, given } = this.#chooseCursor()
    const before = this.#url
    this.#url = this.#chooseUrl()
    if (kind === 'honest' && this.#url !== before) this.#count('honest cursor taken to another service')
    const heard: Heard[] = []
    this.sessions.push({ given, honest: kind === 'honest', heard })
    const socket = this.#open(this.#url, given)
    this.#socket = socket
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => {
      // Told by the close.
    })
    socket.on('unexpected-response', (_, { statusCode }) => {
      this.#count(kind === 'malformed' && statusCode === 400 ? 'malformed cursor refused' : `refused ${statusCode}`)
      socket.terminate()
    })
    socket.on('message', (data) => this.#note(String(data), heard, kind))
    const left = new AbortController()
    void closed.then(() => left.abort())
    socket.once('open', () => void this.#behave(socket, left.signal))
    await closed
  }

  #open(base: string, given: string | null): WebSocket {
    const url = new URL(`/v1/socket?${interestQuery(this.interest)}`, base)
    url.protocol = 'ws:'
    if (given !== null) url.searchParams.set('after', given)
    const headers = this.interest.audience === 'test' ? { authorization: `Bearer ${adminKey}` } : {}
    return new WebSocket(url, { headers, handshakeTimeout: 5_000 })
  }

  #note(text: string, heard: Heard[], kind: Cursors): void {
    const { type, cursor, head, resume, reason } = JSON.parse(text)
    const at: unknown = type === 'reset' ? head : cursor
    const position = typeof at === 'string' ? seqOf(at) : null
    heard.push({
      type,
      position,
      ...(resume === undefined ? {} : { resume }),
      ...(reason === undefined ? {} : { reason }),
      ...(type === 'alert' ? { digest: digestOf(text) } : {}),
    })
    if (typeof at === 'string') this.#cursor = at
    if (type === 'reset') this.#count(`${kind} cursor reset: ${reason}`)
    if (type === 'live') this.#count(`${kind} cursor replayed`)
    if (type === 'goodbye') this.#count('goodbye')
    this.look()
  }

  async #behave(socket: WebSocket, left: AbortSignal): Promise<void> {
    const conduct = this.#chooseConduct()
    const pass = (ms: number) => sleep(ms, undefined, { signal: left }).catch(() => {})
    if (conduct === 'slow')
      while (!left.aborted && !this.#ending.calm) {
        socket.pause()
        this.#count('dawdled')
        await pass(this.#chance.between(50, 900))
        socket.resume()
        await pass(this.#chance.between(5, 100))
      }
    if (conduct !== 'vanish') return
    await pass(this.#chance.between(100, 4_000))
    if (left.aborted) return
    this.#count('vanished')
    socket.terminate()
  }
}

function seqOf(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('.') + 1))
}
