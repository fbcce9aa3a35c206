import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { message, readVarint, varint } from './protobuf.ts'
import type { PushService } from './push-service.ts'

/** The browser side of Google's push service. */
export type Fcm = {
  /** What Chromium must be started with to use it. */
  readonly flags: readonly string[]
  /** The push registrations that a browser holds now, by token: the last part of their endpoints. */
  readonly tokens: ReadonlyMap<string, Registration>
  close(): Promise<void>
}

type Registration = { readonly app: string; readonly subtype: string; readonly sender: string }

const protocolVersion = 41
const tags = { ping: 0, pingAck: 1, loginRequest: 2, loginResponse: 3, message: 8 } as const

/**
 * Speaks to a real Chromium as Google's service does: check-in and registration over HTTP, messages over MCS (TLS).
 * What is accepted at the push service for one of its tokens is handed to the browser. The protocol is Chromium's own:
 * google_apis/gcm in its source.
 */
export async function startFcm(service: PushService): Promise<Fcm> {
  const tokens = new Map<string, Registration>()
  const mcs = createTlsServer(service.certificate)
  const sockets = new Set<TLSSocket>()
  const ready = new Set<TLSSocket>()
  const waiting: Buffer[] = []

  mcs.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      ready.delete(socket)
    })
    readPackets(socket, (tag) => {
      if (tag === tags.loginRequest) {
        socket.write(Buffer.from([protocolVersion]))
        socket.write(packet(tags.loginResponse, message([1, 'login'], [8, Date.now()])))
        ready.add(socket)
        for (const one of waiting.splice(0)) socket.write(one)
      } else if (tag === tags.ping) socket.write(packet(tags.pingAck, message()))
    })
  })

  service.onAccepted = (token, { body, headers }) => {
    const to = tokens.get(token)
    if (to === undefined) return
    const one = packet(tags.message, stanza(to, body, Number(headers.ttl)))
    const [socket] = ready
    if (socket === undefined) waiting.push(one)
    else socket.write(one)
  }

  const http = createServer((request, response) => {
    void answer(request, tokens).then(({ type, body }) => {
      response.writeHead(200, { 'content-type': type })
      response.end(body)
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  await new Promise<void>((resolve) => mcs.listen(0, '127.0.0.1', resolve))
  const httpUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return {
    flags: [
      `--gcm-checkin-url=${httpUrl}/checkin`,
      `--gcm-registration-url=${httpUrl}/register`,
      `--gcm-mcs-endpoint=https://127.0.0.1:${(mcs.address() as AddressInfo).port}`,
      '--ignore-certificate-errors',
    ],
    tokens,
    async close() {
      for (const socket of sockets) socket.destroy()
      http.closeAllConnections()
      await Promise.all([new Promise((resolve) => mcs.close(resolve)), new Promise((resolve) => http.close(resolve))])
    },
  }
}

async function answer(
  request: IncomingMessage,
  tokens: Map<string, Registration>,
): Promise<{ readonly type: string; readonly body: Buffer | string }> {
  if (request.url?.startsWith('/checkin')) {
    request.resume()
    const device = message([1, 1], [3, Date.now()], [7, { fixed64: 4_711n }], [8, { fixed64: 815n }], [9, 0])
    return { type: 'application/x-protobuf', body: device }
  }
  const form = new URLSearchParams(await text(request))
  const field = (name: string) => form.get(name) ?? ''
  const subtype = field('X-subtype')
  if (form.has('delete')) {
    for (const [token, registration] of tokens) if (registration.subtype === subtype) tokens.delete(token)
    return { type: 'text/plain', body: `deleted=${field('app')}\ntoken=${field('app')}` }
  }
  const token = randomUUID()
  // The browser registers for purposes of its own too.
  if (subtype.startsWith('wp:')) tokens.set(token, { app: field('app'), subtype, sender: field('sender') })
  return { type: 'text/plain', body: `token=${token}` }
}

/** A DataMessageStanza (mcs.proto) that carries an encrypted push as it came. */
function stanza({ app, subtype, sender }: Registration, body: Buffer, ttlSeconds: number): Buffer {
  const data = (key: string, value: string) => message([1, key], [2, value])
  return message(
    [2, ''],
    [3, sender],
    [5, app],
    [7, data('subtype', subtype)],
    [7, data('content-encoding', 'aes128gcm')],
    [9, randomUUID()],
    [17, ttlSeconds],
    [18, Date.now()],
    [21, body],
  )
}

function packet(tag: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), varint(body.length), body])
}

/** Tells the tag of each packet after the version byte; what is in them does not matter here. */
function readPackets(socket: TLSSocket, onPacket: (tag: number) => void): void {
  let buffer = Buffer.alloc(0)
  let versioned = false
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk])
    if (!versioned) {
      buffer = buffer.subarray(1)
      versioned = true
    }
    for (;;) {
      const size = readVarint(buffer, 1)
      const [tag] = buffer
      if (size === null || tag === undefined || buffer.length < size.next + size.value) return
      onPacket(tag)
      buffer = buffer.subarray(size.next + size.value)
    }
  })
}
