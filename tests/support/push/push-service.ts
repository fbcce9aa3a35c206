import { randomUUID } from 'node:crypto'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ConnectTo } from '../../../src/push/send/connect-to.ts'
import type { PushAddress } from '../../../src/push/subscriptions/subscription.ts'
import { addressOf, type BrowserKeys, makeBrowserKeys, openSealed } from '../browser/browser-keys.ts'
import { type Certificate, makeCertificate } from './certificate.ts'

export const serviceHosts = [
  'updates.push.services.mozilla.com',
  'fcm.googleapis.com',
  'jmt17.google.com',
  'web.push.apple.com',
  'wns2-test.notify.windows.com',
]

/** What the service was asked, and what it could read of it. */
export type Delivered = {
  readonly readerId: string
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** The payload's JSON, when its reader is known here and could open it. */
  readonly payload: unknown
  readonly status: number
}

/**
 * An answer, a broken stream, or nothing at all until the sender gives up. `dribble`: accepted, with a body that never
 * ends; `goaway`, `calm`: the connection ends politely or with an error code, and this request was not looked at.
 */
export type Answer =
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
      /** How long the answer takes. */
      readonly afterMs?: number
    }
  | 'reset'
  | 'refuse'
  | 'silence'
  | 'dribble'
  | 'goaway'
  | 'calm'

const enhanceYourCalm = 11
const dribbleMs = 20

/** A request that wants an answer: `nth` for its reader, from 1. */
export type Asked = {
  readonly readerId: string
  readonly host: string
  readonly nth: number
  readonly body: Buffer
}

export type Reader = { readonly id: string; readonly keys: BrowserKeys; readonly address: PushAddress }

export type PushService = {
  readonly port: number
  readonly certificate: Certificate
  /** Where a sender should connect instead of to the real services. */
  readonly connectTo: ConnectTo
  /** Every request that was answered, in order. */
  readonly counterTotals: readonly Delivered[]
  /** Decides each answer; by default everything is accepted. */
  script: (asked: Asked) => Answer
  /** What happens to an accepted body besides: the way to a real browser. */
  onAccepted: (readerId: string, delivered: Delivered) => void
  /** A new reader, with keys of their own unless some are given. */
  makeReader(host?: string, keys?: BrowserKeys): Reader
  /** The payloads that a reader got, oldest first. */
  got(readerId: string): readonly unknown[]
  readonly sessions: ReadonlySet<ServerHttp2Session>
  /** How many connections were open at once, at most. */
  readonly connectionsMax: number
  /** How many answers were broken off by the sender before they were whole. */
  readonly brokenOff: number
  /** Allows so many requests at once from now on, on the connections that are open too (RFC 9113 §6.5.2). */
  allow(streamsMax: number): void
  close(): Promise<void>
}

type Made = { -readonly [Key in keyof PushService]: PushService[Key] }

/** A push service for tests: TLS and HTTP/2 (or only HTTP/1.1), mean when scripted to be. */
export async function startPushService(options: { readonly http1Only?: boolean; readonly streamsMax?: number } = {}) {
  const certificate = makeCertificate(serviceHosts)
  const readers = new Map<string, Reader>()
  const counterTotals: Delivered[] = []
  const asked = new Map<string, number>()
  const settings = { maxConcurrentStreams: options.streamsMax ?? 1_000 }
  // An HTTP/2 server offers `h2` whatever it is told, so one without it is another server.
  const server: Http2SecureServer | HttpsServer = options.http1Only
    ? createHttpsServer(certificate)
    : createSecureServer({ ...certificate, allowHTTP1: true, settings })
  const sessions = new Set<ServerHttp2Session>()
  let connections = 0
  server.on('secureConnection', (socket: TLSSocket) => {
    connections += 1
    service.connectionsMax = Math.max(service.connectionsMax, connections)
    socket.once('close', () => {
      connections -= 1
    })
  })
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => undefined)
  })
  const service: Made = {
    port: 0,
    certificate,
    connectTo: new Map(),
    counterTotals,
    script: () => ({ status: 201 }),
    onAccepted: () => undefined,
    makeReader(host = 'updates.push.services.mozilla.com', keys = makeBrowserKeys()) {
      const id = randomUUID()
      const reader = { id, keys, address: addressOf(`https://${host}/wpush/v2/${id}`, keys) }
      readers.set(id, reader)
      return reader
    },
    got: (id) => counterTotals.filter((it) => it.readerId === id && it.status === 201).map((it) => it.payload),
    sessions,
    connectionsMax: 0,
    brokenOff: 0,
    allow(streamsMax) {
      for (const session of sessions) session.settings({ maxConcurrentStreams: streamsMax })
    },
    async close() {
      for (const session of sessions) session.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    response.once('close', () => {
      if (response.headersSent && !response.writableFinished) service.brokenOff += 1
    })
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      // What was cut off half-way (its sender was killed) no service takes.
      const body = Buffer.concat(chunks)
      if (body.length !== Number(request.headers['content-length'])) return
      const host = hostOf(request.headers)
      const readerId = request.url.split('/').at(-1) ?? ''
      const nth = (asked.get(readerId) ?? 0) + 1
      asked.set(readerId, nth)
      const answer = service.script({ readerId, host, nth, body })
      if (answer === 'silence') return
      if (answer === 'reset') return void (response.stream ? response.stream.close(2) : request.socket.destroy())
      if (answer === 'refuse') return void response.stream.close(7)
      if (answer === 'goaway' || answer === 'calm') {
        const { session, id = 0 } = response.stream
        return void session?.goaway(answer === 'calm' ? enhanceYourCalm : 0, id - 2)
      }
      const headers = request.headers as Record<string, string>
      const keys = readers.get(readerId)?.keys
      const { status } = answer === 'dribble' ? { status: 201 } : answer
      let payload: unknown
      const delivered: Delivered = {
        readerId,
        host,
        headers,
        body,
        status,
        // Opened when somebody looks: a test of many thousands would wait for it.
        get payload() {
          payload ??= keys === undefined ? null : opened(body, keys)
          return payload
        },
      }
      counterTotals.push(delivered)
      if (status === 201) service.onAccepted(readerId, delivered)
      if (answer === 'dribble') return dribble(response)
      const say = () => {
        response.writeHead(answer.status, answer.headers ?? {})
        response.end(answer.body ?? '')
      }
      if (answer.afterMs === undefined) say()
      else setTimeout(say, answer.afterMs)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  service.port = (server.address() as AddressInfo).port
  service.connectTo = new Map(serviceHosts.map((host) => [host, { address: '127.0.0.1', port: service.port }]))
  return service as PushService
}

/** Whom the sender meant: itself says so when it was sent elsewhere (RFC 7239 §5.3). */
function hostOf(headers: IncomingHttpHeaders): string {
  const meant = /(?:^|[;,]\s*)host="?([^";,]+)"?/i.exec(headers.forwarded ?? '')?.[1]
  return meant ?? String(headers[':authority'] ?? headers.host)
}

function dribble(response: Http2ServerResponse): void {
  response.writeHead(201)
  const drops = setInterval(() => response.write('.'), dribbleMs)
  response.once('close', () => clearInterval(drops))
}

function opened(body: Buffer, keys: BrowserKeys): unknown {
  try {
    return JSON.parse(openSealed(body, keys).toString())
  } catch (error) {
    return { unreadable: String(error) }
  }
}
