import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { clientFrame, readFrames } from './raw-socket.ts'

type Message = { readonly type: string; readonly [field: string]: unknown }

/** One connection of a `CountingReader`. */
export type Counted = {
  /** All bytes that came, from the first of the response to the last. */
  bytes: number
  /** The seqs of its entries. */
  readonly seqs: number[]
  readonly messages: Message[]
  closeCode: number | null
  /** Whether the server has ended it (a FIN). */
  isEnded: boolean
}

type Options = {
  readonly way: 'socket' | 'events'
  readonly query: string
  /** The cursor that it begins with. */
  readonly after?: string
  /** Whether the event stream repeats its address and sends Last-Event-ID, as an EventSource does. */
  readonly asEventSource?: boolean
}

/** A reader on bare TCP that counts the bytes of each connection, and comes back at once with its cursor until it is ended. */
export class CountingReader {
  readonly connections: Counted[] = []
  readonly #url: URL
  readonly #options: Options
  #cursor: string | undefined
  #tcp: Socket | null = null
  #ended = false
  #text = ''

  constructor(url: string, options: Options) {
    this.#url = new URL(url)
    this.#options = options
    this.#cursor = options.after
    this.#connect()
  }

  get cursor(): string | undefined {
    return this.#cursor
  }

  get seqs(): number[] {
    return this.connections.flatMap(({ seqs }) => seqs)
  }

  /** Sends a message; only on a socket. */
  send(text: string): void {
    this.#tcp?.write(clientFrame(1, text))
  }

  ping(payload: string): void {
    this.#tcp?.write(clientFrame(9, payload))
  }

  pause(): void {
    this.#tcp?.pause()
  }

  resume(): void {
    this.#tcp?.resume()
  }

  end(): void {
    this.#ended = true
    this.#tcp?.destroy()
  }

  #connect(): void {
    const { way, query, after, asEventSource = false } = this.#options
    const counted: Counted = { bytes: 0, seqs: [], messages: [], closeCode: null, isEnded: false }
    this.connections.push(counted)
    const tcp = connect(Number(this.#url.port), this.#url.hostname)
    this.#tcp = tcp
    const cursor = asEventSource ? after : this.#cursor
    const lastId = asEventSource && this.#cursor !== undefined ? `Last-Event-ID: ${this.#cursor}\r\n` : ''
    const path = `/v1/${way}?${query}${cursor === undefined ? '' : `&after=${cursor}`}`
    const upgrade = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n`
    tcp.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#url.host}\r\n${way === 'socket' ? upgrade : lastId}\r\n`)
    let rest: Buffer = Buffer.alloc(0)
    let head: string | null = null
    this.#text = ''
    tcp.on('data', (chunk: Buffer) => {
      counted.bytes += chunk.length
      rest = Buffer.concat([rest, chunk])
      if (head === null) {
        const end = rest.indexOf('\r\n\r\n')
        if (end === -1) return
        head = rest.subarray(0, end).toString()
        rest = rest.subarray(end + 4)
        if (!/^HTTP\/1\.1 (101|200) /.test(head)) throw new Error(`refused: ${head}\n${rest}`)
      }
      rest = way === 'socket' ? this.#readFrames(rest, counted, tcp) : this.#readEvents(rest, counted)
    })
    tcp.on('error', () => {})
    tcp.on('end', () => {
      counted.isEnded = true
    })
    tcp.on('close', () => this.#comeBack(counted))
  }

  /** On a new connection, once for each: after the last frame or chunk, wherever the platform keeps the old one open. */
  #comeBack(counted: Counted): void {
    if (!this.#ended && counted === this.connections.at(-1)) this.#connect()
  }

  #readFrames(bytes: Buffer, counted: Counted, tcp: Socket): Buffer {
    const { frames, rest } = readFrames(bytes)
    for (const { opcode, payload } of frames) {
      if (opcode === 1) this.#receive(JSON.parse(payload.toString()), counted)
      if (opcode === 9) tcp.write(clientFrame(10, payload))
      if (opcode !== 8) continue
      counted.closeCode = payload.readUInt16BE(0)
      tcp.end(clientFrame(8, payload.subarray(0, 2)))
      this.#comeBack(counted)
    }
    return rest
  }

  /** Takes whole chunks apart (RFC 9112 §7.1), each of them one or more events. */
  #readEvents(bytes: Buffer, counted: Counted): Buffer {
    let at = 0
    for (;;) {
      const line = bytes.indexOf('\r\n', at)
      const size = line === -1 ? Number.NaN : Number.parseInt(bytes.subarray(at, line).toString(), 16)
      if (!(bytes.length >= line + 2 + size + 2)) return bytes.subarray(at)
      // A chunk may end within an event, or have several.
      this.#text += bytes.subarray(line + 2, line + 2 + size).toString()
      const events = this.#text.split('\n\n')
      this.#text = events.pop() ?? ''
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1]
        if (data !== undefined) this.#receive(JSON.parse(data), counted)
      }
      at = line + 2 + size + 2
      if (size === 0) this.#comeBack(counted)
    }
  }

  #receive(message: Message, counted: Counted): void {
    counted.messages.push(message)
    if (message.type === 'alert') counted.seqs.push(Number(message.seq))
    const cursor = message.type === 'reset' ? message.head : message.cursor
    // The cursor of a welcome to a replay is the reader's own.
    if (typeof cursor === 'string') this.#cursor = cursor
  }
}
