import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:tls'
import { makeCertificate } from '../../support/push/certificate.ts'
import { pushHost } from './push-report.ts'

// A push service that accepts everything with as little work as can be: HTTP/2 frames are counted, never decoded, so
// that it is not what is measured. It speaks HTTP/1.1 too, for web-push.

const frameHead = 9
const [dataType, headersType, settingsType, pingType] = [0, 1, 4, 6]
const [endStream, ack] = [0x1, 0x1]
const streamsMax = 1_000
const windowBytes = 0x7fff_ffff - 65_535
const certificate = makeCertificate([pushHost, 'localhost'])
let accepted = 0
let lastAtMs = 0

const plain = createHttpServer((request, response) => {
  request.resume()
  request.once('end', () => {
    note(1)
    response.writeHead(201).end()
  })
})
plain.keepAliveTimeout = 120_000

const server = createServer({ ...certificate, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
  socket.on('error', () => undefined)
  if (socket.alpnProtocol === 'h2') speakHttp2(socket)
  else plain.emit('connection', socket)
})
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port, cert: certificate.cert })
})
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ accepted, lastAtMs, cpuMicros: user + system })
})

function note(count: number): void {
  accepted += count
  lastAtMs = Date.now()
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(frameHead)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const setting = (id: number, value: number): Buffer => {
  const bytes = Buffer.alloc(6)
  bytes.writeUInt16BE(id, 0)
  bytes.writeUInt32BE(value, 2)
  return bytes
}
const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
/** `:status: 201`, literal and not indexed (RFC 7541 §6.2.2; 8 is the name's place in the static table). */
const created = Buffer.from([0x08, 0x03, 0x32, 0x30, 0x31])
const answerBytes = frameHead + created.length

function speakHttp2(socket: Socket): void {
  // MAX_CONCURRENT_STREAMS and INITIAL_WINDOW_SIZE; then the connection's own window, as wide as it goes.
  socket.write(frame(settingsType, 0, 0, Buffer.concat([setting(3, streamsMax), setting(4, 1 << 20)])))
  socket.write(frame(8, 0, 0, word(windowBytes)))
  let rest: Buffer = Buffer.alloc(0)
  let at = 24
  let received = 0
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    if (rest.length < at) return
    const done: number[] = []
    while (rest.length >= at + frameHead) {
      const length = rest.readUIntBE(at, 3)
      if (rest.length < at + frameHead + length) break
      const [type, flags, stream] = [rest[at + 3] ?? 0, rest[at + 4] ?? 0, rest.readUInt32BE(at + 5)]
      if (type === settingsType && (flags & ack) === 0) socket.write(frame(settingsType, ack, 0, Buffer.alloc(0)))
      if (type === pingType && (flags & ack) === 0)
        socket.write(frame(pingType, ack, 0, Buffer.from(rest.subarray(at + frameHead, at + frameHead + 8))))
      if (type === dataType) received += length
      if ((type === dataType || type === headersType) && (flags & endStream) !== 0) done.push(stream)
      at += frameHead + length
    }
    rest = rest.subarray(at)
    at = 0
    if (done.length > 0) answer(socket, done)
    if (received > 1 << 24) {
      socket.write(frame(8, 0, 0, word(received)))
      received = 0
    }
  })
}

function answer(socket: Socket, streams: readonly number[]): void {
  note(streams.length)
  const bytes = Buffer.allocUnsafe(streams.length * answerBytes)
  for (const [index, stream] of streams.entries()) {
    const at = index * answerBytes
    bytes.writeUIntBE(created.length, at, 3)
    bytes[at + 3] = headersType
    bytes[at + 4] = endStream | 0x4
    bytes.writeUInt32BE(stream, at + 5)
    created.copy(bytes, at + frameHead)
  }
  socket.write(bytes)
}
