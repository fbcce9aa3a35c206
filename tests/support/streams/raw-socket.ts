import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export type WireFrame = { readonly fin: boolean; readonly opcode: number; readonly payload: Buffer }

/** One frame as a client sends it (RFC 6455 §5.2), rightly or wrongly made. */
export function clientFrame(
  opcode: number,
  payload: Buffer | string,
  { fin = true, masked = true, reserved = 0 }: { fin?: boolean; masked?: boolean; reserved?: number } = {},
): Buffer {
  const bytes = Buffer.from(payload)
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode]
  const mark = masked ? 0x80 : 0
  const length = Buffer.alloc(bytes.length < 126 ? 1 : bytes.length < 65_536 ? 3 : 9)
  length.writeUInt8(mark | (bytes.length < 126 ? bytes.length : bytes.length < 65_536 ? 126 : 127))
  if (length.length === 3) length.writeUInt16BE(bytes.length, 1)
  if (length.length === 9) length.writeBigUInt64BE(BigInt(bytes.length), 1)
  if (!masked) return Buffer.concat([Buffer.from(head), length, bytes])
  const mask = randomBytes(4)
  return Buffer.concat([Buffer.from(head), length, mask, bytes.map((byte, at) => byte ^ (mask[at % 4] ?? 0))])
}

/** Reads server frames out of bytes; throws for a masked or reserved one. Gives what is left over. */
export function readFrames(bytes: Buffer): { frames: WireFrame[]; rest: Buffer } {
  const frames: WireFrame[] = []
  let at = 0
  while (bytes.length - at >= 2) {
    const first = bytes.readUInt8(at)
    const short = bytes.readUInt8(at + 1)
    if ((first & 0x70) !== 0 || (short & 0x80) !== 0) throw new Error(`a broken frame at byte ${at}`)
    const more = short === 126 ? 2 : short === 127 ? 8 : 0
    if (bytes.length - at < 2 + more) break
    const length = more === 2 ? bytes.readUInt16BE(at + 2) : more === 8 ? Number(bytes.readBigUInt64BE(at + 2)) : short
    const begin = at + 2 + more
    if (bytes.length < begin + length) break
    frames.push({ fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload: bytes.subarray(begin, begin + length) })
    at = begin + length
  }
  return { frames, rest: bytes.subarray(at) }
}

/** A bare TCP connection that has shaken hands: it sends what it is told and keeps every byte. */
export class RawSocket {
  readonly tcp: Socket
  #chunks: Buffer[] = []
  #headLength = 0

  constructor(tcp: Socket) {
    this.tcp = tcp
    tcp.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
    })
    tcp.on('error', () => {})
  }

  static async open(url: string, query = ''): Promise<RawSocket> {
    const { hostname, port } = new URL(url)
    const tcp = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname)
    await once(tcp, 'connect')
    const raw = new RawSocket(tcp)
    tcp.write(
      `GET /v1/socket${query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
    while (!raw.#bytes.includes('\r\n\r\n')) await once(tcp, 'data')
    raw.#headLength = raw.#bytes.indexOf('\r\n\r\n') + 4
    return raw
  }

  /** All that came; joined only when it is looked at. */
  get #bytes(): Buffer {
    const joined = Buffer.concat(this.#chunks)
    this.#chunks = [joined]
    return joined
  }

  get frames(): WireFrame[] {
    return readFrames(this.#bytes.subarray(this.#headLength)).frames
  }

  get messages(): { type: string; seq?: number }[] {
    return this.frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => JSON.parse(payload.toString()))
  }

  /** The code of the close frame, once it came. */
  get closeCode(): number | undefined {
    const close = this.frames.find(({ opcode }) => opcode === 8)
    return close && close.payload.length >= 2 ? close.payload.readUInt16BE(0) : close && 1005
  }
}
