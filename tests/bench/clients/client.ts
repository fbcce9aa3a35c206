import { connect, type Socket } from 'node:net'
import { EventCounter } from '../common/event-counter.ts'
import { FrameCounter, type Hearing } from '../common/frame-counter.ts'
import { type ClientOrder, type ClientReport, clockMicroseconds, type Dialect } from '../common/words.ts'

// The load client: one process, bare sockets, one shared buffer to read into.

const connectingMax = 128
const sourceAddresses = 8
const handshakeBytesMax = 4_096
/** One buffer for all: the callback is done with it when it returns. */
const shared = Buffer.allocUnsafe(65_536)
// A masked frame whose mask is zero is its own text (RFC 6455 §5.3).
const masked = (opcode: number, text: string) =>
  Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
const pong = masked(10, '')
const engineIoPong = masked(1, '3')
const engineIoPing = '2'.charCodeAt(0)

const sockets: Socket[] = []
let heard = 0
let halfAt = 0

function tell(report: ClientReport): void {
  process.send?.(report)
}

function lost(why: string): void {
  tell({ lost: why })
}

function countAlert(): void {
  heard += 1
  if (heard === sockets.length >> 1) halfAt = clockMicroseconds()
  if (heard === sockets.length) tell({ halfAt, lastAt: clockMicroseconds() })
}

/** Opens one event stream, and calls when the reader is in. */
function openEvents(port: number, index: number, { paths, greetings }: Dialect, onIn: () => void): Socket {
  const counter = new EventCounter()
  let isOpen = false
  let left = greetings
  const read = (bytes: number) => {
    const chunk = shared.subarray(0, bytes)
    if (!isOpen) {
      const head = chunk.toString('latin1')
      if (!head.startsWith('HTTP/1.1 200')) lost(`no stream: ${head.slice(0, 60)}`)
      isOpen = true
      if (left === 0) onIn()
    }
    const heard = counter.take(chunk)
    for (let count = 0; count < heard.alerts; count += 1) countAlert()
    if (left > 0 && heard.greetings > 0) {
      left = 0
      onIn()
    }
    return true
  }
  const socket = connectFrom(port, index, read)
  socket.write(
    `GET ${paths[index % paths.length]} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\n\r\n`,
  )
  return socket
}

function connectFrom(port: number, index: number, read: (bytes: number) => boolean): Socket {
  const socket = connect({
    port,
    host: '127.0.0.1',
    localAddress: `127.0.0.${2 + (index % sourceAddresses)}`,
    noDelay: true,
    onread: { buffer: shared, callback: read },
  })
  socket.on('error', (error) => lost(error.message))
  socket.on('close', () => lost('a connection was closed'))
  return socket
}

/** Opens one WebSocket, and calls when the reader is in. */
function open(port: number, index: number, dialect: Dialect, onIn: () => void): Socket {
  const { paths, greetings, hello } = dialect
  const counter = new FrameCounter()
  let answer: string | null = ''
  let left = greetings
  const hearing: Hearing = {
    onAlert: countAlert,
    onPing: () => socket.write(pong),
    onSmall(firstByte, length) {
      if (hello !== undefined && length === 1 && firstByte === engineIoPing) socket.write(engineIoPong)
      if (left === 0) return
      if (left === greetings && hello !== undefined) socket.write(masked(1, hello))
      left -= 1
      if (left === 0) onIn()
    },
  }
  const read = (bytes: number) => {
    let chunk = shared.subarray(0, bytes)
    if (answer !== null) {
      answer += chunk.toString('latin1')
      const end = answer.indexOf('\r\n\r\n')
      if (end === -1 && answer.length < handshakeBytesMax) return true
      if (!answer.startsWith('HTTP/1.1 101')) lost(`no upgrade: ${answer.slice(0, 60)}`)
      chunk = Buffer.from(answer.slice(end + 4), 'latin1')
      answer = null
      if (left === 0) onIn()
    }
    counter.take(chunk, hearing)
    return true
  }
  const socket = connectFrom(port, index, read)
  socket.write(
    `GET ${paths[index % paths.length]} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  )
  return socket
}

function connectAll({ port, count, dialect }: ClientOrder & { do: 'connect' }): void {
  let begun = 0
  let done = 0
  const next = () => {
    if (begun === count) return
    const index = begun
    begun += 1
    const socket = (dialect.transport === 'events' ? openEvents : open)(port, index, dialect, () => {
      done += 1
      if (done === count) tell({ connected: count })
      else next()
    })
    sockets.push(socket)
  }
  for (let index = 0; index < Math.min(connectingMax, count); index += 1) next()
}

process.on('message', (order: ClientOrder) => {
  if (order.do === 'connect') connectAll(order)
  if (order.do !== 'expect') return
  heard = 0
  tell({ expecting: true })
})
process.on('disconnect', () => process.exit(0))
